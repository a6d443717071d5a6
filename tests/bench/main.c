/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * tspdm-bench: what an attestation costs beside the cryptography that it cannot do without. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "bench.h"

struct options {
	bool is_json;
	bool only_memory;
	unsigned rounds;
	unsigned connections;
	int once; /* suite for --once; -1: none */
	int form; /* of --form; -1: none */
};

static const char usage[] =
	"usage: tspdm-bench [--json] [--rounds N] [--connections N] [--memory] [--once N [--form N]] [--help]\n"
	"\n"
	"Measures attestations and the same cryptography made directly on OpenSSL, in turns, and tells medians, the "
	"ratio\n"
	"and its 10th and 90th percentile. Times are CPU time of the thread.\n"
	"\n"
	"  --json           one JSON object instead of tables\n"
	"  --rounds N       samples of each kind, 1 to 4000; default 100\n"
	"  --connections N  most connections in flight, for the part on scaling; default 10000, 0 leaves it out\n"
	"  --memory         sizes, allocations and stack only: no time is measured\n"
	"  --once N         two attestations with suite N (0 to 3) and nothing else: for profilers\n"
	"  --form N         with --once: two sessions instead, with a certificate (0), mutual (1), with a PSK (2)\n"
	"  --help           this text\n";

static unsigned number(const char *text, unsigned least, unsigned most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < least || value > most) {
		fprintf(stderr, "tspdm-bench: \"%s\" is no number from %u to %u\n", text, least, most);
		exit(2);
	}
	return (unsigned)value;
}

static void read_options(int argc, char **argv, struct options *o)
{
	static const struct option all[] = { { "json", no_argument, NULL, 'j' }, { "memory", no_argument, NULL, 'm' },
		{ "rounds", required_argument, NULL, 'r' }, { "connections", required_argument, NULL, 'c' },
		{ "once", required_argument, NULL, 'o' }, { "form", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	int option;

	while ((option = getopt_long(argc, argv, "", all, NULL)) != -1) {
		switch (option) {
		case 'j':
			o->is_json = true;
			break;
		case 'm':
			o->only_memory = true;
			break;
		case 'r':
			o->rounds = number(optarg, 1, 4000);
			break;
		case 'c':
			o->connections = number(optarg, 0, 100000);
			break;
		case 'o':
			o->once = (int)number(optarg, 0, bench_suite_count - 1);
			break;
		case 'f':
			o->form = (int)number(optarg, 0, 2);
			break;
		default:
			fputs(usage, option == 'h' ? stdout : stderr);
			exit(option == 'h' ? 0 : 2);
		}
	}
	if (optind != argc) {
		fputs(usage, stderr);
		exit(2);
	}
}

static void print_value(const json_t *value)
{
	if (json_is_string(value))
		printf("%-32s", json_string_value(value));
	else if (json_is_real(value))
		printf("%12.3f", json_real_value(value));
	else
		printf("%12lld", (long long)json_integer_value(value));
}

static void print_table(const char *name, json_t *rows)
{
	const char *key;
	json_t *value;
	json_t *row;
	size_t i;

	printf("\n%s\n", name);
	json_object_foreach(json_array_get(rows, 0), key, value) printf(json_is_string(value) ? "%-32s" : "%12s", key);
	putchar('\n');
	json_array_foreach(rows, i, row)
	{
		json_object_foreach(row, key, value) print_value(value);
		putchar('\n');
	}
}

static void print_tables(json_t *all)
{
	const char *key;
	json_t *value;

	json_object_foreach(all, key, value)
	{
		if (json_is_array(value))
			print_table(key, value);
		else
			printf("%s: %s\n", key, json_string_value(value));
	}
}

static void run_once(int suite)
{
	struct rig *rig = calloc(1, sizeof *rig);

	CHECK(rig != NULL);
	bench_rig_new(rig, &bench_suites[suite]);
	bench_full(rig); /* by now everything lazy has been done */
	bench_full(rig);
	bench_rig_free(rig);
	free(rig);
}

static json_t *measure(const struct options *o)
{
	json_t *all =
		json_pack("{s:s, s:s}", "schema", "tspdm.bench/1", "openssl", OpenSSL_version(OPENSSL_VERSION_STRING));

	json_object_set_new(all, "memory", bench_memory());
	if (o->only_memory)
		return all;
	json_object_set_new(all, "attestation", bench_attestation(o->rounds));
	json_object_set_new(all, "sessions", bench_sessions(o->rounds));
	json_object_set_new(all, "records", bench_records(o->rounds));
	json_object_set_new(all, "evidence", bench_evidence(o->rounds));
	if (o->connections != 0)
		json_object_set_new(all, "scaling", bench_scaling(o->rounds, o->connections));
	return all;
}

int main(int argc, char **argv)
{
	struct options o = { .rounds = 100, .connections = 10000, .once = -1, .form = -1 };
	json_t *all;

	bench_heap_init();
	read_options(argc, argv, &o);
	if (o.once >= 0) {
		if (o.form >= 0)
			bench_sessions_once((unsigned)o.once, (unsigned)o.form);
		else
			run_once(o.once);
		return 0;
	}
	all = measure(&o);
	if (o.is_json && json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0)
		putchar('\n');
	else if (!o.is_json)
		print_tables(all);
	json_decref(all);
	return fflush(stdout) == 0 ? 0 : 1;
}
