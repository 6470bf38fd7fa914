"""Where jobs run: processes of this machine, a Dask cluster or a Ray cluster; and batches of scenes on any of them."""
