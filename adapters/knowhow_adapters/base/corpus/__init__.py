"""What the embedded models read in training: one small generator a domain, own texts only."""
