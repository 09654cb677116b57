"""Mail: addresses confirmed by a link, decisions told, each letter written down before it is sent."""
