"""Prep time: what turns a corpus into shards. Order of a build: config, inputs, plan, task, writer, run."""
