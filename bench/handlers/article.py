"""The handler of the article: one request for each record, made by the one who logs."""

import json
import logging
import socket

import boto3


class ArticleHandler(logging.Handler):
    """Puts each record on the stream at once."""

    def __init__(self, url):
        super().__init__()
        self.client = boto3.client("kinesis", endpoint_url=url)
        self.fqdn = socket.getfqdn()

    def emit(self, record):
        fields = {name: str(value) for name, value in vars(record).items()}
        fields["message"] = self.format(record)
        fields["fqdn"] = self.fqdn
        self.client.put_record(StreamName="logs", Data=json.dumps(fields), PartitionKey=fields["log_uid"])
