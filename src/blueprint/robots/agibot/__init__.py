"""AgiBot G2 and G1 with omnipicker grippers: published kinematics, geometry written here."""
