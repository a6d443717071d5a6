/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * tspdm-dump: reads a capture packet by packet. */
#include <pcap/pcap.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/openssl.h>

#include "dump.h"

/* Whether the whole capture was read. */
static bool read_packets(struct material *m, pcap_t *capture)
{
	struct links *l = links_new(m, pcap_datalink(capture));
	struct pcap_pkthdr *header;
	const u_char *bytes;
	unsigned number = 0;
	int result;

	if (l == NULL) {
		report_problem(m->report, "out of memory");
		return false;
	}
	while ((result = pcap_next_ex(capture, &header, &bytes)) == 1) {
		report_packet(m->report, ++number, (double)header->ts.tv_sec + (double)header->ts.tv_usec / 1e6);
		if (header->caplen < header->len)
			report_problem(m->report, "%u of %u bytes were captured", header->caplen, header->len);
		links_packet(l, (struct tspdm_view){ bytes, header->caplen });
	}
	if (result == PCAP_ERROR)
		report_problem(m->report, "the capture file is damaged: %s", pcap_geterr(capture));
	links_end(l);
	links_free(l);
	return result != PCAP_ERROR;
}

/* "requester:0:FILE" has the file last. */
static const char *path_of(const char *text)
{
	if (strncmp(text, "requester:", 10) == 0 || strncmp(text, "responder:", 10) == 0)
		text += 10;
	return text[0] >= '0' && text[0] <= '7' && text[1] == ':' ? text + 2 : text;
}

static bool read_files(const struct text_list *list, struct file *files, char *why)
{
	for (unsigned i = 0; i < list->count; i++)
		if (!file_read(path_of(list->items[i]), &files[i], why))
			return false;
	return true;
}

static bool read_material(struct material *m, char *why)
{
	const struct options *o = m->options;

	for (unsigned i = 0; i < o->psks.count; i++)
		if (!secrets_psk(&m->secrets, o->psks.items[i], why))
			return false;
	if (o->dhe_secret != NULL && !secrets_dhe(&m->secrets, o->dhe_secret, why))
		return false;
	if (o->keylog != NULL && !secrets_keylog(&m->secrets, o->keylog, why))
		return false;
	return read_files(&o->chains, m->chains, why) && read_files(&o->public_keys, m->public_keys, why);
}

static void free_material(struct material *m)
{
	for (unsigned i = 0; i < LIST_MAX; i++) {
		free(m->chains[i].bytes);
		free(m->public_keys[i].bytes);
	}
	secrets_free(&m->secrets);
	report_free(m->report);
	tspdm_openssl_free(m->crypto);
	free(m);
}

static int dump(struct material *m, pcap_t *capture)
{
	bool is_whole, is_good;

	if (!links_knows(pcap_datalink(capture))) {
		fprintf(stderr, "tspdm-dump: %s: link type %d is none that SPDM is known to come in\n",
			m->options->file, pcap_datalink(capture));
		return EXIT_USAGE;
	}
	is_whole = read_packets(m, capture);
	is_good = report_finish(m->report);
	return is_whole && is_good ? 0 : EXIT_BAD;
}

static int run(const struct options *o)
{
	struct material *m = calloc(1, sizeof *m);
	char why[WHY_MAX] = "out of memory";
	char error[PCAP_ERRBUF_SIZE] = "";
	pcap_t *capture = NULL;
	int status = EXIT_USAGE;

	if (m == NULL)
		return EXIT_BAD;
	m->options = o;
	m->report = report_new(o);
	if (m->report == NULL || tspdm_openssl_new(&m->crypto) != TSPDM_OK || !read_material(m, why)) {
		fprintf(stderr, "tspdm-dump: %s\n", why);
	} else {
		capture = pcap_open_offline(o->file, error);
		if (capture == NULL)
			fprintf(stderr, "tspdm-dump: %s\n", error);
		else
			status = dump(m, capture);
	}
	if (capture != NULL)
		pcap_close(capture);
	free_material(m);
	return status;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	char why[WHY_MAX] = "";

	signal(SIGPIPE, SIG_IGN);
	if (!options_read(&o, argc, argv, why)) {
		fprintf(stderr, "tspdm-dump: %s\n", why);
		return EXIT_USAGE;
	}
	if (o.wants_help)
		options_help();
	else if (o.wants_version)
		printf("tspdm-dump %s\n", TSPDM_PROGRAM_VERSION);
	else
		return run(&o);
	return 0;
}
