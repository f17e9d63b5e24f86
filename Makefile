# Bullion. `make` says what there is. Whatever is missing on this machine is installed first, and said.
.DEFAULT_GOAL := help
.PHONY: help demo test check clean

NODE := ./node_modules/.bin/node --disable-warning=ExperimentalWarning

help:
	@echo 'make demo         a virtual data centre, two tenants, the whole story; JSON=1 ends with one JSON object'
	@echo 'make test         every test, the stories on the virtual rack too'
	@echo 'make check        lint and types'
	@echo 'make clean        ends racks and services of this checkout and removes all that it made'
	@echo './bullion --help  the command line; ./bullion doctor says what this machine lacks'

demo:
	@sh scripts/setup
	@$(NODE) e2e/demo.ts $(if $(JSON),--json)

test:
	@sh scripts/setup isolation provisioning rack image demo test
	@npm run --silent check
	@$(NODE) scripts/test.ts --all

check:
	@sh scripts/setup npm
	@npm run --silent check

clean:
	@sh scripts/clean
