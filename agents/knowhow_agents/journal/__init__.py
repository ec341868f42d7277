"""The journal: what a teacher tried and thought, distilled into what a specialist learns."""
