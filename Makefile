# What a machine needs for these: cargo, python3 with venv, a C compiler, make. Everything else comes by itself.

# The program behind the local stack (infra/local). Quiet, since cargo has nothing to say once it is built.
LOCAL = test -x target/debug/local || echo "Building the program behind this (a minute, the first time only)"; \
	cargo run --quiet --package local --

# Runs a command under a name and says how long it took.
define step
	@echo "==> $(1)"; start=$$(date +%s); \
	$(2) && echo "    $(1): $$(( $$(date +%s) - start )) s" \
	|| { echo "    $(1) failed after $$(( $$(date +%s) - start )) s"; exit 1; }
endef

.DEFAULT_GOAL := help
.PHONY: help run stop logs clean-local test fmt lint unit smoke bench

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start the local stack and show a transaction on it; again after a change to see it run
	@$(LOCAL) run

stop: ## Stop the local stack; its data stays
	@$(LOCAL) stop

logs: ## Follow what the functions of the local stack log
	@$(LOCAL) logs

clean-local: ## Stop the local stack and remove its data
	@$(LOCAL) clean

test: lint unit smoke ## Check everything: format, lints, tests, template, the deployed stack
	@echo "==> all passed"

fmt: ## Format the code
	cargo fmt

lint: ## Check the format, the code and the template
	$(call step,format,cargo fmt --check -- --files-with-diff)
	$(call step,clippy,cargo clippy --quiet --workspace --all-targets -- -D warnings)
	$(call step,template,{ $(LOCAL) lint; })

unit: ## Run the unit, end-to-end and doc tests
	$(call step,tests,cargo test --workspace)

smoke: ## Deploy to a private local stack, put, query, take down
	$(call step,smoke test,{ $(LOCAL) smoke; })

bench: ## Measure ingest against the limit, Python and rsyslog, and query against the driver; BENCH_QUICK=1 for a look
	cargo build --release --package ingest --package query
	cargo bench --package bench --bench decode
	cargo run --release --package bench
