/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes the verification of a device's report, tspdm_device_verify(): three lengths (u16, little-endian), two bytes that do not count, and then request,
 * response, VCA and chain. Without a trusted root nothing may come out as verified, and what is told of the messages lies
 * inside of them. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/device_report.h>
#include <tspdm/message.h>
#include <tspdm/openssl.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_so)
{
	if (!is_so)
		abort();
}

static struct tspdm_view take(struct tspdm_view *rest, size_t len)
{
	struct tspdm_view out = { rest->ptr, len < rest->len ? len : rest->len };

	rest->ptr += out.len;
	rest->len -= out.len;
	return out;
}

static void check_inside(struct tspdm_view part, struct tspdm_view whole)
{
	check(part.len == 0 || (part.ptr >= whole.ptr && part.len <= whole.len &&
				       (size_t)(part.ptr - whole.ptr) <= whole.len - part.len));
}

static void check_finding(const struct tspdm_device_finding *f, const struct tspdm_device_report *r)
{
	struct tspdm_measurement_block block;

	check(f->base.status != TSPDM_OK && tspdm_checks_status(&f->base.checks) != TSPDM_OK);
	check(f->base.anchor == TSPDM_ANCHOR_NONE && f->certificate_count <= TSPDM_DEVICE_CERTIFICATES_MAX);
	check_inside(f->record, r->response);
	check_inside(f->opaque, r->response);
	check_inside(f->responder_nonce, r->response);
	check_inside(f->requester_nonce, r->request);
	for (unsigned i = 0; i < f->certificate_count; i++)
		check_inside(f->certificates[i].der, r->certificates);
	for (unsigned i = 0; i < 4; i++)
		if (tspdm_device_block(f, i, &block))
			check_inside(block.value, f->record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tspdm_crypto *crypto;
	static struct tspdm_device_finding finding;
	struct tspdm_device_report report = { .size = sizeof report, .no_builtin_roots = true, .time = 1767225600 };
	struct tspdm_view rest;
	size_t lengths[3];

	if (size < 8 || (crypto == NULL && tspdm_openssl_new(&crypto) != TSPDM_OK))
		return 0;
	for (unsigned i = 0; i < 3; i++)
		lengths[i] = (size_t)(data[2 * i] | data[2 * i + 1] << 8);
	rest = (struct tspdm_view){ data + 8, size - 8 };
	report.request = take(&rest, lengths[0]);
	report.response = take(&rest, lengths[1]);
	report.vca = take(&rest, lengths[2]);
	report.certificates = rest;
	check(tspdm_device_verify(crypto, &report, &finding) == finding.base.status);
	check_finding(&finding, &report);
	return 0;
}
