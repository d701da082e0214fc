// Anchor of the precompiled headers.
