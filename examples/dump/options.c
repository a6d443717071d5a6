/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Options of tspdm-dump. */
#include <getopt.h>
#include <string.h>

#include "dump.h"

enum { CHAIN = 256, DHE_SECRET, HELP, HEX, JSON, KEYLOG, PSK, PUBLIC_KEY, VERIFY, VERSION };

static const struct {
	struct option option;
	const char *argument;
	const char *help;
} table[] = {
	{ { "keylog", required_argument, NULL, KEYLOG }, "FILE", "secrets of sessions, a line each" },
	{ { "psk", required_argument, NULL, PSK }, "[HINT:]HEX",
		"a pre-shared key, for sessions with this hint or for all" },
	{ { "dhe-secret", required_argument, NULL, DHE_SECRET }, "HEX",
		"the DHE secret of the first KEY_EXCHANGE session" },
	{ { "chain", required_argument, NULL, CHAIN }, "[WHO:][SLOT:]FILE",
		"a certificate-chain structure that the capture lacks" },
	{ { "public-key", required_argument, NULL, PUBLIC_KEY }, "[WHO:]FILE",
		"a provisioned public key, DER SubjectPublicKeyInfo" },
	{ { "verify", no_argument, NULL, VERIFY }, NULL, "tell what was checked; exit with 1 if something is BAD" },
	{ { "json", no_argument, NULL, JSON }, NULL, "print one JSON object, which ends with a summary" },
	{ { "hex", no_argument, NULL, HEX }, NULL, "print the bytes of each message" },
	{ { "verbose", no_argument, NULL, 'v' }, NULL, "print the fields of each message (also -v)" },
	{ { "help", no_argument, NULL, HELP }, NULL, "print this and exit" },
	{ { "version", no_argument, NULL, VERSION }, NULL, "print the version and exit" },
};

static bool take(struct options *o, int option, const char *value, char *why)
{
	switch (option) {
	case KEYLOG:
		return take_text(&o->keylog, "keylog", value, why);
	case DHE_SECRET:
		return take_text(&o->dhe_secret, "dhe-secret", value, why);
	case PSK:
		return take_item(&o->psks, "psk", value, why);
	case CHAIN:
		return take_item(&o->chains, "chain", value, why);
	case PUBLIC_KEY:
		return take_item(&o->public_keys, "public-key", value, why);
	default:
		return true;
	}
}

static bool *flag_of(struct options *o, int option)
{
	switch (option) {
	case VERIFY:
		return &o->is_verify;
	case JSON:
		return &o->is_json;
	case HEX:
		return &o->is_hex;
	case 'v':
		return &o->is_verbose;
	case HELP:
		return &o->wants_help;
	case VERSION:
		return &o->wants_version;
	default:
		return NULL;
	}
}

bool options_read(struct options *o, int argc, char **argv, char *why)
{
	struct option longs[COUNT(table) + 1] = { 0 };
	int option;

	for (size_t i = 0; i < COUNT(table); i++)
		longs[i] = table[i].option;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "v", longs, NULL)) != -1) {
		bool *flag = flag_of(o, option);

		if (option == '?') {
			snprintf(why, WHY_MAX, "%.200s: unknown option, or its value is missing; see --help",
				argv[optind - 1]);
			return false;
		}
		if (flag != NULL)
			*flag = true;
		else if (!take(o, option, optarg, why))
			return false;
	}
	if (o->wants_help || o->wants_version)
		return true;
	if (optind + 1 != argc) {
		snprintf(why, WHY_MAX, "one capture file must be given; see --help");
		return false;
	}
	o->file = argv[optind];
	return true;
}

void options_help(void)
{
	printf("usage: tspdm-dump FILE [OPTION]...\n"
	       "Shows the SPDM messages of a capture (pcap or pcapng; \"-\" is standard input), one line for "
	       "each.\n\n");
	for (size_t i = 0; i < COUNT(table); i++)
		print_option(table[i].option.name, table[i].argument, table[i].help);
	printf("\nWHO is requester or responder. A chain without it is both's, and a key the responder's.\n"
	       "\nExit status: 0 all was read and, with --verify, nothing is BAD; 1 something is BAD, cannot be "
	       "decoded or is\n"
	       "missing in the capture; 2 usage, or a file that cannot be read.\n");
}
