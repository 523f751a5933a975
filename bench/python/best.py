"""A carefully written Lambda function in Python: one client, orjson, one unordered insert, stable ids."""

import os
from base64 import b64decode
from hashlib import blake2b

import orjson
from bson import ObjectId
from pymongo import MongoClient
from pymongo.errors import BulkWriteError

DUPLICATE = 11000

loads = orjson.loads
client = MongoClient(os.environ["MONGODB_URI"])
collection = client[os.environ["LOGBRAID_DB"]].get_collection(os.environ["BENCH_COLLECTION"])


def document(kinesis):
    fields = orjson.loads(b64decode(kinesis["data"]))
    seconds = int(kinesis["approximateArrivalTimestamp"])
    digest = blake2b(kinesis["sequenceNumber"].encode(), digest_size=8).digest()
    fields["_id"] = ObjectId(seconds.to_bytes(4, "big") + digest)
    return fields


def lambda_handler(event, context):
    documents = [document(record["kinesis"]) for record in event["Records"]]
    try:
        collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        if any(failed["code"] != DUPLICATE for failed in error.details["writeErrors"]):
            raise
