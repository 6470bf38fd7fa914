"""Texts → vectors: a sentence model on this machine, or an endpoint that speaks OpenAI's or Vertex AI's protocol."""

from blueprint.services.embeddings.embedder import Embedder, embedder_from
from blueprint.services.embeddings.minilm import MiniLmEmbedder

__all__ = ["Embedder", "MiniLmEmbedder", "embedder_from"]
