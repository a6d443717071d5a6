/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --pcap and --keylog, and what is counted: all that goes on while certificates and keys are read anew. */
#include <stdlib.h>

#include "attester.h"

struct capture *capture_new(void)
{
	struct capture *capture = calloc(1, sizeof *capture);

	return capture != NULL ? capture_hold(capture) : NULL;
}

bool capture_open(struct capture *capture, const struct options *o, char *why)
{
	if (o->pcap.file != NULL && !pcap_create(&capture->pcap, &o->pcap, why))
		return false;
	return o->keylog == NULL || keylog_open(&capture->keylog, "tspdm-attester", o->keylog, why);
}

struct capture *capture_hold(struct capture *capture)
{
	capture->holders++;
	return capture;
}

void capture_release(struct capture *capture)
{
	if (capture == NULL || --capture->holders != 0)
		return;
	(void)pcap_close_file(capture->pcap); /* what is missing there was told */
	keylog_close(capture->keylog);
	free(capture);
}
