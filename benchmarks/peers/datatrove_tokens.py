"""Token-only, datatrove's way: JsonlReader and DocumentTokenizer, into its own binary format."""

from clock import arguments, report
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.tokens import DocumentTokenizer
from datatrove.utils.logging import logger


def job() -> dict[str, object]:
    """Write one shard of tokens, without shuffling."""
    reader = JsonlReader(str(options.input.parent), glob_pattern=options.input.name, compression=None)
    tokens = DocumentTokenizer(
        str(options.out / "tokens"),
        tokenizer_name_or_path=str(options.tokenizer),
        local_working_dir=str(options.out / "work"),
        shuffle_documents=False,
    )
    executor = LocalPipelineExecutor([reader, tokens], tasks=1, workers=1, logging_dir=str(options.out / "logs"))
    executor.run()
    return {}


options = arguments()
logger.remove()
report(job)
