/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * How the programs carry application data in a session (docs/profile.md, "Application data of the programs"). It goes
 * by question and answer, so that it works on bindings whose responders cannot speak unasked: the verifier sends a part
 * of its data, or none, and says how much it takes; the attester answers with a part of its own. */
#ifndef EXAMPLES_APPLICATION_H
#define EXAMPLES_APPLICATION_H

#include <tspdm/transport.h>

enum {
	APPLICATION_STANDARD_ID = 4,    /* registry of standards bodies: IANA enterprise numbers */
	APPLICATION_ENTERPRISE = 32473, /* RFC 5612: for documentation and examples, which these programs are */
	APPLICATION_VENDOR_LEN = 4,
	APPLICATION_HEAD_MAX = 13,    /* the most that stands before the data */
	APPLICATION_VENDOR_HEAD = 24, /* and what a VENDOR_DEFINED message has around that, at most */
};

/* VendorID as VENDOR_DEFINED messages have it, little-endian. */
extern const uint8_t application_vendor_id[APPLICATION_VENDOR_LEN];

struct application_part {
	bool is_end;     /* the last part of what this side has to say */
	bool is_refused; /* answers: the data is not wanted, or could not be kept */
	uint32_t room;   /* questions: most bytes of data that the answer may have */
	struct tspdm_view data;
};

/* Bytes that stand before the data in records of a binding. */
size_t application_head_len(const struct tspdm_binding *binding);
/* Whether the binding's records carry SPDM messages alone, so that the parts go in VENDOR_DEFINED messages. */
bool application_is_vendor(const struct tspdm_binding *binding);
/* Appends a part. `out->len` counts what does not fit, as the library's writers do; false then. */
bool application_write(
	struct tspdm_buffer *out, const struct tspdm_binding *binding, const struct application_part *part);
/* False: it is none of ours. */
bool application_read(struct tspdm_view in, const struct tspdm_binding *binding, struct application_part *part);

#endif
