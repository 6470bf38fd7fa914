"""Object stores (local folder, gs://, s3://) with conditional writes, locks, the object layout, and mirrors."""
