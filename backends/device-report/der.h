/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DER, element by element, on ASN1_get_object(). What is not DER is refused here: indefinite lengths, lengths that are
 * longer than need be, numbers that are not minimal. */
#ifndef TSPDM_DEVICE_REPORT_DER_H
#define TSPDM_DEVICE_REPORT_DER_H

#include <openssl/asn1.h>

#include <tspdm/types.h>

struct der {
	int tag;
	int class;
	bool is_constructed;
	struct tspdm_view content;
	struct tspdm_view whole;
};

/* Takes the first element off the front of `in`. */
bool tspdm_der_next(struct tspdm_view *in, struct der *out);
/* The same for an element of the universal class with this tag; sequences and sets have to be constructed, others must not
 * be. */
bool tspdm_der_take(struct tspdm_view *in, int tag, struct tspdm_view *content);
/* The content of an INTEGER that is not negative and has at most 64 bits. */
bool tspdm_der_number(struct tspdm_view content, uint64_t *out);
/* The content of a BIT STRING of at most 32 bits; the first is bit 0. */
bool tspdm_der_flags(struct tspdm_view content, uint32_t *out);
bool tspdm_der_is_utf8(struct tspdm_view content);
bool tspdm_der_equals(struct tspdm_view content, const uint8_t *bytes, size_t len);

#endif
