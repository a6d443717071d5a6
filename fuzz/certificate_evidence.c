/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes the reading of evidence in certificates: tspdm_read_certificate_evidence() and, behind it,
 * tspdm_read_tagged_evidence(). The first byte tells what the rest is: even, a certificate; odd, the extension's content,
 * which mutation does not find through a certificate. What was understood lies inside the room, and written anew it is
 * understood as the same; what was refused leaves nothing behind. */
#include <stdlib.h>
#include <string.h>

#include "../backends/appraisal/certificate_evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_so)
{
	if (!is_so)
		abort();
}

static void check_inside(struct tspdm_view part, struct tspdm_view whole)
{
	check(part.len == 0 || (part.ptr >= whole.ptr && part.len <= whole.len &&
				       (size_t)(part.ptr - whole.ptr) <= whole.len - part.len));
}

static void check_equal(struct tspdm_view a, struct tspdm_view b)
{
	check(a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0));
}

static void check_again(const struct tspdm_tagged_evidence *tagged, size_t size)
{
	struct tspdm_buffer w = { .cap = size + 64 }; /* heads are written at most as long as they were read */
	struct tspdm_tagged_evidence again;

	w.ptr = malloc(w.cap);
	if (w.ptr == NULL)
		return;
	check(tspdm_write_tagged_evidence(&w, &tagged->evidence, tagged->claims) == TSPDM_OK);
	check(tspdm_read_tagged_evidence(tspdm_buffer_view(&w), &again) == TSPDM_OK);
	check(again.evidence.tee == tagged->evidence.tee && again.hash_id == tagged->hash_id);
	check_equal(again.evidence.report, tagged->evidence.report);
	check_equal(again.evidence.certificates, tagged->evidence.certificates);
	check_equal(again.claims, tagged->claims);
	check_equal(again.key_hash, tagged->key_hash);
	free(w.ptr);
}

static void check_outcome(enum tspdm_status status, const struct tspdm_tagged_evidence *tagged, struct tspdm_view room)
{
	if (status != TSPDM_OK) {
		check(tagged->evidence.tee == TSPDM_TEE_NONE && tagged->evidence.report.len == 0);
		check(tagged->claims.len == 0 && tagged->hash_id == 0 && tagged->key_hash.len == 0);
		return;
	}
	check(tagged->evidence.tee != TSPDM_TEE_NONE);
	check(tagged->claims.len != 0 || tagged->hash_id == 0); /* a bare quote has none */
	check((tagged->hash_id == 0) == (tagged->key_hash.len == 0));
	check_inside(tagged->evidence.report, room);
	check_inside(tagged->evidence.certificates, room);
	check_inside(tagged->claims, room);
	check_inside(tagged->key_hash, tagged->claims);
	if (tagged->claims.len != 0)
		check_again(tagged, room.len);
}

static void run_certificate(struct tspdm_view certificate)
{
	struct tspdm_buffer room = { .cap = certificate.len };
	struct tspdm_tagged_evidence tagged;
	enum tspdm_status status;

	room.ptr = malloc(room.cap + 1);
	if (room.ptr == NULL)
		return;
	status = tspdm_read_certificate_evidence(certificate, &room, &tagged);
	check(status != TSPDM_ERR_BUFFER); /* the extension is a part of the certificate */
	check_outcome(status, &tagged, tspdm_buffer_view(&room));
	free(room.ptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tspdm_tagged_evidence tagged;
	struct tspdm_view rest;

	if (size == 0)
		return 0;
	rest = (struct tspdm_view){ data + 1, size - 1 };
	if ((data[0] & 1) == 0)
		run_certificate(rest);
	else
		check_outcome(tspdm_read_tagged_evidence(rest, &tagged), &tagged, rest);
	return 0;
}
