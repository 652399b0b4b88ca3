# Every target is a script of the same name in scripts/: readable there, runnable by hand.
.DEFAULT_GOAL := help
.PHONY: help run test bench bench-peers watch fmt lint sqlx openapi wasm-fallback

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## install what is missing, build, and start everything with the demo
	@exec scripts/run

test: ## install what is missing, then lint and every test
	@exec scripts/test

bench: ## measure, each figure beside its limit from the same run
	@exec scripts/bench

bench-peers: ## the same work through Linli and through Node-RED, side by side
	@exec scripts/bench peers

watch: ## like run, and again after each change
	@exec scripts/watch

fmt: ## format the Rust sources
	@cargo fmt --all

lint: ## clippy and the house rules
	@exec scripts/lint

sqlx: ## write .sqlx again from the migrations
	@exec scripts/sqlx-prepare

openapi: ## write docs/openapi.json again
	@scripts/build-server
	@target/quick/linli openapi > docs/openapi.json

wasm-fallback: ## build the site's wasm with Debian's second compiler
	@exec scripts/wasm-fallback
