/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reading certificates: DER one behind the other, PEM, and a subject for a person. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/pem.h>

#include "base/cursor.h"
#include "internal.h"

bool tspdm_ossl_der_equal(struct tspdm_view a, struct tspdm_view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool tspdm_ossl_next_der(struct tspdm_view *rest, struct tspdm_view *element)
{
	const uint8_t *content = rest->ptr;
	long len = 0;
	int tag = 0;
	int class = 0;
	int form;

	if (rest->len == 0 || rest->len > LONG_MAX)
		return false;
	form = ASN1_get_object(&content, &len, &tag, &class, (long)rest->len);
	/* 0x80: an error; 0x01: indefinite length, which is not DER */
	if (form != V_ASN1_CONSTRUCTED || tag != V_ASN1_SEQUENCE || class != V_ASN1_UNIVERSAL)
		return false;
	element->ptr = rest->ptr;
	element->len = (size_t)(content - rest->ptr) + (size_t)len;
	rest->ptr += element->len;
	rest->len -= element->len;
	return true;
}

/* Written again it must be the same, or it was BER. */
static bool is_der_of(X509 *certificate, struct tspdm_view der)
{
	uint8_t *again = NULL;
	int len = i2d_X509(certificate, &again);
	bool same = len > 0 && tspdm_ossl_der_equal(der, (struct tspdm_view){ again, (size_t)len });

	OPENSSL_free(again);
	return same;
}

X509 *tspdm_ossl_certificate(struct tspdm_view der)
{
	const uint8_t *next = der.ptr;
	X509 *certificate = der.len != 0 && der.len <= LONG_MAX ? d2i_X509(NULL, &next, (long)der.len) : NULL;

	if (certificate != NULL && is_der_of(certificate, der))
		return certificate;
	X509_free(certificate);
	return NULL;
}

static enum tspdm_status append(struct tspdm_view der, struct tspdm_buffer *out)
{
	X509 *certificate = tspdm_ossl_certificate(der);

	if (certificate == NULL)
		return TSPDM_ERR_CHAIN_FORM;
	X509_free(certificate);
	write_view(out, der);
	return TSPDM_OK;
}

static enum tspdm_status from_der(struct tspdm_view in, struct tspdm_buffer *out)
{
	struct tspdm_view der;

	while (in.len != 0) {
		if (!tspdm_ossl_next_der(&in, &der))
			return TSPDM_ERR_CHAIN_FORM;
		TSPDM_TRY(append(der, out));
	}
	return TSPDM_OK;
}

/* Other blocks, as a private key in the same file, are passed over. */
static enum tspdm_status take_block(const char *name, struct tspdm_view der, struct tspdm_buffer *out)
{
	if (strcmp(name, PEM_STRING_X509) != 0 && strcmp(name, PEM_STRING_X509_OLD) != 0)
		return TSPDM_OK;
	return append(der, out);
}

static enum tspdm_status from_bio(BIO *bio, struct tspdm_buffer *out)
{
	enum tspdm_status status = TSPDM_OK;
	char *name = NULL;
	char *header = NULL;
	uint8_t *data = NULL;
	long len = 0;

	while (status == TSPDM_OK && PEM_read_bio(bio, &name, &header, &data, &len) == 1) {
		status = take_block(name, (struct tspdm_view){ data, (size_t)len }, out);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(data, (size_t)len);
	}
	/* the end of the text is fine, anything else was a broken block */
	if (status == TSPDM_OK && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		status = TSPDM_ERR_CHAIN_FORM;
	return status;
}

static enum tspdm_status from_pem(struct tspdm_view in, struct tspdm_buffer *out)
{
	BIO *bio = in.len <= INT_MAX ? BIO_new_mem_buf(in.ptr, (int)in.len) : NULL;
	enum tspdm_status status;

	if (bio == NULL)
		return TSPDM_ERR_CHAIN_FORM;
	status = from_bio(bio, out);
	BIO_free(bio);
	return status;
}

enum tspdm_status tspdm_openssl_certificates(struct tspdm_view in, struct tspdm_buffer *out)
{
	size_t before = out->len;
	enum tspdm_status status;

	if (in.len == 0)
		return TSPDM_ERR_CHAIN_FORM;
	ERR_set_mark();
	status = in.ptr[0] == (V_ASN1_CONSTRUCTED | V_ASN1_SEQUENCE) ? from_der(in, out) : from_pem(in, out);
	ERR_pop_to_mark();
	if (status == TSPDM_OK && out->len == before)
		status = TSPDM_ERR_CHAIN_FORM;
	if (status != TSPDM_OK)
		out->len = before;
	return status != TSPDM_OK ? status : write_end(out);
}

/* XN_FLAG_ONELINE escapes control characters: the subject is the peer's, and goes to a terminal. */
static enum tspdm_status print_subject(X509 *certificate, char *out, size_t cap)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	enum tspdm_status status = TSPDM_ERR_MEMORY;

	if (bio != NULL && X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE) >= 0) {
		size_t len = (size_t)BIO_get_mem_data(bio, &text);

		len = len < cap ? len : cap - 1;
		if (len != 0)
			memcpy(out, text, len);
		out[len] = '\0';
		status = TSPDM_OK;
	}
	BIO_free(bio);
	return status;
}

enum tspdm_status tspdm_openssl_subject(struct tspdm_view certificate, char *out, size_t cap)
{
	enum tspdm_status status = TSPDM_ERR_CHAIN_FORM;
	X509 *parsed;

	if (cap == 0)
		return TSPDM_ERR_ARGUMENT;
	out[0] = '\0';
	ERR_set_mark();
	parsed = tspdm_ossl_certificate(certificate);
	if (parsed != NULL)
		status = print_subject(parsed, out, cap);
	X509_free(parsed);
	ERR_pop_to_mark();
	return status;
}
