"""Ways to take the ground from under a store: kill -9, failing disks, power cuts, a crowd."""
