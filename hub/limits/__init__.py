"""What protects the hub from requests that harm: each bound in a file of its own, called by the HTTP front."""
