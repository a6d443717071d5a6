/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The smallest requester: authenticates an SPDM device and prints its measurements.
 *	minimal-requester tcp://127.0.0.1:4194 root.pem */
#include <stdio.h>
#include <stdlib.h>

#include <tspdm/openssl.h>
#include <tspdm/requester.h>
#include <tspdm/transport.h>

static uint8_t request[256], chain[65535], record[65535], anchors[16384], file[16384];

static struct tspdm_view read_anchors(const char *path)
{
	struct tspdm_buffer out = { anchors, sizeof anchors, 0 };
	FILE *in = fopen(path, "rb");
	struct tspdm_view bytes = { file, in != NULL ? fread(file, 1, sizeof file, in) : 0 };

	if (in != NULL)
		fclose(in);
	if (tspdm_openssl_certificates(bytes, &out) != TSPDM_OK)
		fprintf(stderr, "%s: no certificate to be read\n", path);
	return tspdm_buffer_view(&out);
}

static void print_measurements(struct tspdm_view rest)
{
	struct tspdm_measurement_block block;

	while (rest.len != 0 && tspdm_next_block(&rest, &block) == TSPDM_OK) {
		printf("%3u %s ", block.index, tspdm_measurement_type_name(block.type));
		for (size_t i = 0; i < block.value.len; i++)
			printf("%02x", block.value.ptr[i]);
		putchar('\n');
	}
}

static enum tspdm_status attest(struct tspdm_requester *r, struct tspdm_transport *t)
{
	struct tspdm_authenticate who = { .slot = 0, .chain = chain, .chain_cap = sizeof chain };
	struct tspdm_measure what = {
		.operation = TSPDM_MEASUREMENT_ALL, .is_signed = true, .record = record, .record_cap = sizeof record
	};

	TSPDM_TRY(tspdm_requester_connect(r));
	TSPDM_TRY(tspdm_run(r, t));
	TSPDM_TRY(tspdm_requester_authenticate(r, &who));
	TSPDM_TRY(tspdm_run(r, t));
	TSPDM_TRY(tspdm_requester_measure(r, &what));
	return tspdm_run(r, t);
}

int main(int argc, char **argv)
{
	struct tspdm_requester_config config = {
		.size = sizeof config, .request = request, .request_len = sizeof request
	};
	struct tspdm_endpoint_error why = { "" };
	struct tspdm_transport *transport = NULL;
	struct tspdm_requester *requester = NULL;
	void *memory = malloc(tspdm_requester_size());
	enum tspdm_status status = TSPDM_ERR_ARGUMENT;

	if (argc == 3 && memory != NULL)
		status = tspdm_openssl_new(&config.crypto);
	if (status == TSPDM_OK)
		status = tspdm_transport_open(argv[1], NULL, &transport, &why);
	if (status == TSPDM_OK) {
		config.binding = transport->binding;
		config.anchors = read_anchors(argv[2]);
		status = tspdm_requester_init(memory, tspdm_requester_size(), &config, &requester);
	}
	if (status == TSPDM_OK)
		status = attest(requester, transport);
	if (status == TSPDM_OK)
		print_measurements(tspdm_requester_measured(requester)->record);
	else
		fprintf(stderr, "minimal-requester: %s %s\n", why.text, tspdm_status_text(status));
	tspdm_requester_wipe(requester);
	tspdm_transport_close(transport);
	tspdm_openssl_free(config.crypto);
	free(memory);
	return status == TSPDM_OK ? 0 : 1;
}
