"""The Lambda function of the article: one client per invocation, one insert per record."""

import base64
import json
import os

from pymongo import MongoClient

loads = json.loads


def lambda_handler(event, context):
    client = MongoClient(os.environ["MONGODB_URI"])
    collection = client[os.environ["LOGBRAID_DB"]][os.environ["BENCH_COLLECTION"]]
    for record in event["Records"]:
        collection.insert_one(json.loads(base64.b64decode(record["kinesis"]["data"])))
    client.close()
