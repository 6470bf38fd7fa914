"""The .proto files and what protoc made of them (`make protos`)."""
