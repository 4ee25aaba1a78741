"""What things are called: vocabulary as data, IRIs of entities. Imports nothing of ours."""
