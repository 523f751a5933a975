# Needs cargo, python3 with venv, a C compiler and make. Everything else is installed, pinned, into ~/.cache/logbraid.

# The program behind most of the commands (infra/local).
LOCAL = test -x target/debug/local || echo "Building the program behind this command (a minute, the first time only)"; \
	cargo run --quiet --locked --package local --

# The processor of the functions on AWS: x86_64 or arm64.
ARCHITECTURE ?= x86_64

# Runs a command under a name, and prints how long it took.
define step
	@echo "==> $(1)"; start=$$(date +%s); \
	$(2) && echo "    $(1): $$(( $$(date +%s) - start )) s" \
	|| { echo "    $(1) failed after $$(( $$(date +%s) - start )) s"; exit 1; }
endef

.DEFAULT_GOAL := help
.PHONY: help run stop logs clean-local build page python wheels test fmt lint unit properties smoke smoke-release ci advisories bench bench-python

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start the local stack and show a transaction; run it again to deploy a change
	@$(LOCAL) run

stop: ## Stop the local stack; its data stays
	@$(LOCAL) stop

logs: ## Follow the functions' logs in the local stack
	@$(LOCAL) logs

clean-local: ## Stop the local stack and remove its data
	@$(LOCAL) clean

build: ## Build the release zips for AWS; ARCHITECTURE=arm64 for the other processor
	@$(LOCAL) build $(ARCHITECTURE)

page: ## Build the query function's page; commit what it writes
	@$(LOCAL) page

python: ## Build the Python package's wheel, and check the package
	$(call step,the Python package,{ $(LOCAL) python; })

wheels: ## Build the Python package's wheels for all platforms into target/wheels
	$(call step,wheels,{ $(LOCAL) wheels; })

test: lint unit python smoke ## Check everything: format, lints, dependencies, template, tests, a deployed stack
	@echo "==> all passed"

fmt: ## Format the code
	cargo fmt

lint: ## Check the format, the code, the dependencies, the template, the workflows and the page
	$(call step,format,cargo fmt --check -- --files-with-diff)
	$(call step,clippy,cargo clippy --quiet --locked --workspace --all-targets -- -D warnings)
	$(call step,dependencies,{ $(LOCAL) deny bans licenses sources; })
	$(call step,template,{ $(LOCAL) lint; })
	$(call step,page,{ $(LOCAL) page check; })

unit: ## Run the unit, end-to-end and doc tests
	$(call step,tests,cargo test --locked --workspace)
	$(call step,decoding's tests as in a release,PROPTEST_CASES=1000 cargo test --locked --quiet --profile optimised --package record --package decode --lib)

properties: ## Look for inputs that break a property: PROPTEST_CASES of each, other ones in each run
	$(call step,properties,PROPTEST_CASES=$${PROPTEST_CASES:-20000} cargo test --locked --quiet --no-fail-fast --profile optimised --package archive --package decode --package forward --package query --package record --package send --package store --lib)

smoke: ## Deploy to a private local stack, put, query, delete
	$(call step,smoke test,{ $(LOCAL) smoke; })

smoke-release: ## The same with the release zips for AWS
	$(call step,smoke test of the release zips,{ $(LOCAL) smoke release; })

ci: test smoke-release ## Check everything, and the release zips too

advisories: ## Check the dependencies for known vulnerabilities; needs GitHub
	$(call step,advisories,{ $(LOCAL) deny advisories; })

bench: ## Measure ingest and query; BENCH_QUICK=1 for a short run
	cargo build --release --locked --package ingest --package query
	cargo bench --locked --package bench --bench decode
	cargo bench --locked --package forward --bench throughput
	cargo run --release --locked --package bench

bench-python: ## Measure the Python package's handler beside others; BENCH_QUICK=1 for a short run
	@$(LOCAL) bench-python
