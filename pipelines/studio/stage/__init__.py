"""What runs inside Blender's Python: imports NumPy, bpy and mathutils only."""
