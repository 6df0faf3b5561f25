"""The act itself: a chip learns a task; many adaptations as one record, on threads or over Ray."""
