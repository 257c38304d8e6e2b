"""What is chosen: demand, decision, and the filling of breaks."""
