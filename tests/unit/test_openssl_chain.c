/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Judging certificate chains: a good chain of root, intermediate and leaf is made, one thing is changed, and the status
 * and the place are told. */
#include <time.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "openssl_support.h"

enum { LINKS = 17, ROOM = 32768, NOW = 1700000000, DAY = 86400 };
enum { ROOT, MIDDLE, LEAF };

#define OID_SPDM "1.3.6.1.4.1.412.274."

/* One certificate to be made. */
struct link {
	const char *subject, *issuer;
	const char *basic, *usage, *eku; /* values of extensions, NULL: absent */
	const char *constraints;         /* name constraints */
	const char *oid, *value;         /* one more extension, with its value in hex */
	bool is_critical, is_old, is_forged, is_weak;
	int64_t from, to;
	unsigned key, issuer_key; /* of the keys below */
};

/* A chain, what is asked about it, and how it is shown. */
struct scene {
	struct link link[LINKS];
	unsigned count;
	unsigned shown_from; /* 1: the root is left out */
	struct tspdm_chain_check check;
	uint8_t chain[ROOM], anchors[ROOM], root_hash[TSPDM_HASH_MAX];
	size_t at[LINKS + 1]; /* where each certificate begins */
};

static const char *const groups[] = { "P-256", "P-256", "P-256", "P-384", "P-256" };
static EVP_PKEY *keys[COUNT(groups) + 2];
enum { RSA_2048 = COUNT(groups), RSA_1024 };

static void add_extension(X509 *certificate, X509V3_CTX *context, int nid, const char *value)
{
	X509_EXTENSION *extension;

	if (value == NULL)
		return;
	extension = X509V3_EXT_conf_nid(NULL, context, nid, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static void add_other(X509 *certificate, const struct link *link)
{
	uint8_t room[64];
	struct tspdm_view value;
	X509_EXTENSION *extension;
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid;

	if (link->oid != NULL) {
		value = from_hex(link->value, room, sizeof room);
		ASN1_OCTET_STRING_set(octets, value.ptr, (int)value.len);
		oid = OBJ_txt2obj(link->oid, 1);
		extension = X509_EXTENSION_create_by_OBJ(NULL, oid, link->is_critical, octets);
		assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
		X509_EXTENSION_free(extension);
		ASN1_OBJECT_free(oid);
	}
	ASN1_OCTET_STRING_free(octets);
}

static void set_name(X509_NAME *name, const char *text)
{
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)text, -1, -1, 0);
}

static X509 *make_certificate(const struct link *link, unsigned serial)
{
	X509 *certificate = X509_new();
	X509V3_CTX context;

	X509_set_version(certificate, link->is_old ? X509_VERSION_1 : X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), (long)serial + 1);
	set_name(X509_get_subject_name(certificate), link->subject);
	set_name(X509_get_issuer_name(certificate), link->issuer);
	ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)link->from);
	ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)link->to);
	X509_set_pubkey(certificate, keys[link->key]);
	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	add_extension(certificate, &context, NID_basic_constraints, link->basic);
	add_extension(certificate, &context, NID_key_usage, link->usage);
	add_extension(certificate, &context, NID_ext_key_usage, link->eku);
	add_extension(certificate, &context, NID_name_constraints, link->constraints);
	add_other(certificate, link);
	assert_true(X509_sign(certificate, keys[link->issuer_key], link->is_weak ? EVP_sha1() : EVP_sha256()) > 0);
	return certificate;
}

static size_t put_certificate(const struct scene *s, unsigned i, uint8_t *out)
{
	X509 *certificate = make_certificate(&s->link[i], i);
	int len = i2d_X509(certificate, &out);

	X509_free(certificate);
	assert_true(len > 0);
	if (s->link[i].is_forged)
		out[-1] ^= 1;
	return (size_t)len;
}

static void build_scene(struct scene *s)
{
	for (unsigned i = 0; i < s->count; i++)
		s->at[i + 1] = s->at[i] + put_certificate(s, i, s->chain + s->at[i]);
	s->check.certificates =
		(struct tspdm_view){ s->chain + s->at[s->shown_from], s->at[s->count] - s->at[s->shown_from] };
	memcpy(s->anchors, s->chain, s->at[1]);
	s->check.anchors = (struct tspdm_view){ s->anchors, s->at[1] };
	EVP_Digest(s->chain, s->at[1], s->root_hash, NULL, EVP_sha256(), NULL);
	s->check.root_hash = (struct tspdm_view){ s->root_hash, 32 };
}

static void good_scene(struct scene *s)
{
	const struct link ca = {
		.basic = "critical,CA:TRUE", .usage = "critical,keyCertSign,cRLSign", .from = NOW - DAY, .to = NOW + DAY
	};

	memset(s, 0, sizeof *s);
	s->count = 3;
	s->link[ROOT] = s->link[MIDDLE] = s->link[LEAF] = ca;
	s->link[ROOT].subject = s->link[ROOT].issuer = s->link[MIDDLE].issuer = "root";
	s->link[MIDDLE].subject = s->link[LEAF].issuer = "middle";
	s->link[LEAF].subject = "leaf";
	s->link[LEAF].basic = "critical,CA:FALSE";
	s->link[LEAF].usage = "critical,digitalSignature";
	s->link[MIDDLE].key = s->link[LEAF].issuer_key = 1;
	s->link[LEAF].key = 2;
	s->check = (struct tspdm_chain_check){ .hash = TSPDM_HASH_SHA256, .asym = TSPDM_ASYM_ECDSA_P256, .time = NOW };
}

/* ---- what is changed before the certificates are made ---- */
#define CHANGE(name, ...)                                                                                              \
	static void name(struct scene *s)                                                                              \
	{                                                                                                              \
		__VA_ARGS__;                                                                                           \
	}

static void nothing(struct scene *s)
{
	(void)s;
}

CHANGE(leave_root_out, s->shown_from = 1)
CHANGE(leaf_expires, s->link[LEAF].to = NOW - 10)
CHANGE(leaf_in_future, s->link[LEAF].from = NOW + 10)
CHANGE(middle_expires, s->link[MIDDLE].to = NOW - 10)
CHANGE(root_expires, s->link[ROOT].to = NOW - 10)
CHANGE(leaf_ends_never, s->link[LEAF].to = INT64_C(253402300799))
CHANGE(leaf_is_ca, s->link[LEAF].basic = "critical,CA:TRUE")
CHANGE(leaf_without_basic, s->link[LEAF].basic = NULL)
CHANGE(leaf_without_usage, s->link[LEAF].usage = NULL)
CHANGE(leaf_without_signing, s->link[LEAF].usage = "critical,keyAgreement")
CHANGE(leaf_certifies, s->link[LEAF].usage = "keyCertSign")
CHANGE(middle_without_basic, s->link[MIDDLE].basic = NULL)
CHANGE(middle_is_no_ca, s->link[MIDDLE].basic = "critical,CA:FALSE")
CHANGE(middle_without_usage, s->link[MIDDLE].usage = NULL)
CHANGE(middle_without_cert_sign, s->link[MIDDLE].usage = "critical,digitalSignature")
CHANGE(root_is_no_ca, s->link[ROOT].basic = NULL)
CHANGE(leaf_is_v1, s->link[LEAF] = (struct link){ .subject = "leaf",
			   .issuer = "middle",
			   .from = NOW - DAY,
			   .to = NOW + DAY,
			   .key = 2,
			   .issuer_key = 1,
			   .is_old = true })
CHANGE(eku_responder, s->link[LEAF].eku = OID_SPDM "3")
CHANGE(eku_requester, s->link[LEAF].eku = OID_SPDM "4")
CHANGE(eku_requester_and_tls, s->link[LEAF].eku = "clientAuth," OID_SPDM "4")
CHANGE(eku_both, s->link[LEAF].eku = "critical," OID_SPDM "4," OID_SPDM "3")
CHANGE(eku_others, s->link[LEAF].eku = "serverAuth,clientAuth")
CHANGE(eku_responder_by_requester, eku_responder(s); s->check.is_requester = true)
CHANGE(eku_requester_by_requester, eku_requester(s); s->check.is_requester = true)
CHANGE(critical_unknown, s->link[LEAF].oid = "1.2.3.4.5"; s->link[LEAF].value = "0500";
	s->link[LEAF].is_critical = true)
CHANGE(harmless_unknown, s->link[LEAF].oid = "1.2.3.4.5"; s->link[LEAF].value = "0500")
CHANGE(critical_in_middle, s->link[MIDDLE].oid = "1.2.3.4.5"; s->link[MIDDLE].value = "0500";
	s->link[MIDDLE].is_critical = true)
CHANGE(critical_dice, s->link[LEAF].oid = "2.23.133.5.4.1"; s->link[LEAF].value = "3000";
	s->link[LEAF].is_critical = true)
CHANGE(critical_evidence, s->link[LEAF].oid = "2.23.133.5.4.9"; s->link[LEAF].value = "3000";
	s->link[LEAF].is_critical = true)
CHANGE(hardware_identity, s->link[LEAF].oid = OID_SPDM "6"; s->link[LEAF].value = "300e300c060a2b06010401831c821202";
	s->link[LEAF].is_critical = true)
CHANGE(mutable_alias, s->link[LEAF].oid = OID_SPDM "6"; s->link[LEAF].value = "300e300c060a2b06010401831c821205";
	s->check.is_alias = true)
CHANGE(hardware_alias, hardware_identity(s); s->check.is_alias = true)
CHANGE(spdm_extension_broken, s->link[LEAF].oid = OID_SPDM "6"; s->link[LEAF].value = "300e300c060a2b0601")
CHANGE(spdm_extension_no_pair, s->link[LEAF].oid = OID_SPDM "6"; s->link[LEAF].value = "30020500")
CHANGE(spdm_extension_trailing, s->link[LEAF].oid = OID_SPDM "6"; s->link[LEAF].value = "30000500")
CHANGE(leaf_of_other_curve, s->link[LEAF].key = 3)
CHANGE(leaf_of_rsa, s->link[LEAF].key = RSA_2048)
CHANGE(rsa_as_asked, s->link[LEAF].key = RSA_2048; s->check.asym = TSPDM_ASYM_RSAPSS_2048)
CHANGE(rsa_of_other_size, s->link[LEAF].key = RSA_2048; s->check.asym = TSPDM_ASYM_RSAPSS_3072)
CHANGE(middle_of_small_rsa, s->link[MIDDLE].key = s->link[LEAF].issuer_key = RSA_1024)
CHANGE(leaf_signed_with_sha1, s->link[LEAF].is_weak = true)
CHANGE(leaf_forged, s->link[LEAF].is_forged = true)
CHANGE(middle_forged, s->link[MIDDLE].is_forged = true)
CHANGE(root_forged, s->link[ROOT].is_forged = true)
CHANGE(leaf_signed_by_stranger, s->link[LEAF].issuer_key = 4)
CHANGE(leaf_signed_by_root, s->link[LEAF].issuer_key = 0)
CHANGE(leaf_names_other_issuer, s->link[LEAF].issuer = "nobody")
CHANGE(middle_names_other_issuer, s->link[MIDDLE].issuer = "nobody")
CHANGE(detour, s->link[MIDDLE].subject = s->link[LEAF].issuer = "root"; s->link[LEAF].issuer_key = 0)
CHANGE(path_too_long, s->link[ROOT].basic = "critical,CA:TRUE,pathlen:0")
CHANGE(path_just_long_enough, s->link[ROOT].basic = "critical,CA:TRUE,pathlen:1";
	s->link[MIDDLE].basic = "critical,CA:TRUE,pathlen:0")
CHANGE(name_excluded, s->link[MIDDLE].constraints = "critical,excluded;DNS:leaf.example.com";
	s->link[LEAF].oid = "2.5.29.17"; s->link[LEAF].value = "301282106c6561662e6578616d706c652e636f6d")
CHANGE(no_clock, leaf_expires(s); s->check.time = 0)
CHANGE(unanchored_allowed, s->check.allow_unanchored = true)
CHANGE(unanchored_without_root, s->check.allow_unanchored = true; s->shown_from = 1)
CHANGE(unanchored_forged_root, s->check.allow_unanchored = true; s->link[ROOT].is_forged = true)
CHANGE(unanchored_forged_leaf, s->check.allow_unanchored = true; s->link[LEAF].is_forged = true)
CHANGE(single, s->link[0] = s->link[LEAF]; s->link[0].issuer = "leaf"; s->link[0].issuer_key = 2; s->count = 1)
CHANGE(single_unanchored, single(s); s->check.allow_unanchored = true)
CHANGE(single_forged_unanchored, single_unanchored(s); s->link[0].is_forged = true)

/* All between root and leaf have a name of their own; two keys take turns. */
static void lengthen(struct scene *s, unsigned count)
{
	static const char *const names[] = { "root", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11",
		"c12", "c13", "c14", "c15" };

	s->count = count;
	s->link[count - 1] = s->link[LEAF];
	for (unsigned i = 1; i < count; i++) {
		if (i < count - 1)
			s->link[i] = s->link[ROOT];
		s->link[i].issuer = names[i - 1];
		s->link[i].issuer_key = (i - 1) % 2;
		if (i < count - 1) {
			s->link[i].subject = names[i];
			s->link[i].key = i % 2;
		}
	}
}

CHANGE(sixteen, lengthen(s, 16))
CHANGE(seventeen, lengthen(s, 17))

/* ---- what is changed in the finished chain ---- */
CHANGE(wrong_root_hash, s->root_hash[31] ^= 1)
CHANGE(wrong_root_hash_without_root, s->root_hash[31] ^= 1)
CHANGE(short_root_hash, s->check.root_hash.len = 31)
CHANGE(no_root_hash, s->check.root_hash.len = 0)
CHANGE(other_hash, s->check.hash = TSPDM_HASH_SHA3_256)
CHANGE(unknown_hash, s->check.hash = 1U << 7)
CHANGE(no_anchors, s->check.anchors.len = 0)
CHANGE(empty_chain, s->check.certificates.len = 0)
CHANGE(trailing_byte, s->chain[s->at[s->count]] = 0; s->check.certificates.len++)
CHANGE(trailing_sequence, memcpy(s->chain + s->at[s->count], "\x30\x00", 2); s->check.certificates.len += 2)
CHANGE(broken_anchors, s->check.anchors.len--)
CHANGE(bytes_behind_anchors, s->anchors[s->at[1]] = 0; s->check.anchors.len++)
CHANGE(middle_as_anchor, s->check.anchors = (struct tspdm_view){ s->chain + s->at[1], s->at[2] - s->at[1] })
CHANGE(leaf_missing, s->check.certificates.len = s->at[2])
CHANGE(middle_missing, memmove(s->chain + s->at[1], s->chain + s->at[2], s->at[3] - s->at[2]);
	s->check.certificates.len -= s->at[2] - s->at[1])

static void swap_last_two(struct scene *s)
{
	uint8_t copy[ROOM];
	size_t middle = s->at[2] - s->at[1], leaf = s->at[3] - s->at[2];

	memcpy(copy, s->chain + s->at[1], middle + leaf);
	memcpy(s->chain + s->at[1], copy + middle, leaf);
	memcpy(s->chain + s->at[1] + leaf, copy, middle);
}

static void leaf_first(struct scene *s)
{
	uint8_t copy[ROOM];

	memcpy(copy, s->chain, s->at[3]);
	memcpy(s->chain, copy + s->at[2], s->at[3] - s->at[2]);
	memcpy(s->chain + s->at[3] - s->at[2], copy + s->at[1], s->at[2] - s->at[1]);
	memcpy(s->chain + s->at[3] - s->at[1], copy, s->at[1]);
}

/* A root of the same name with another key. */
static void other_anchor(struct scene *s)
{
	struct scene *other = malloc(sizeof *other);

	assert_non_null(other);
	good_scene(other);
	other->link[ROOT].key = other->link[ROOT].issuer_key = 4;
	s->check.anchors.len = put_certificate(other, ROOT, s->anchors);
	free(other);
}

/* The right anchor is the second of two. */
static void two_anchors(struct scene *s)
{
	other_anchor(s);
	memcpy(s->anchors + s->check.anchors.len, s->chain, s->at[1]);
	s->check.anchors.len += s->at[1];
}

static const struct {
	const char *name;
	void (*before)(struct scene *s), (*after)(struct scene *s);
	enum tspdm_status status;
	unsigned failed_at;
} cases[] = {
	{ "good", nothing, nothing, TSPDM_OK, 0 },
	{ "good below the root", leave_root_out, nothing, TSPDM_OK, 0 },
	{ "second anchor", nothing, two_anchors, TSPDM_OK, 0 },
	{ "second anchor, below the root", leave_root_out, two_anchors, TSPDM_OK, 0 },
	{ "leaf ends in 9999", leaf_ends_never, nothing, TSPDM_OK, 0 },
	{ "leaf without basicConstraints", leaf_without_basic, nothing, TSPDM_OK, 0 },
	{ "issuer without keyUsage", middle_without_usage, nothing, TSPDM_OK, 0 },
	{ "expired, no clock", no_clock, nothing, TSPDM_OK, 0 },
	{ "EKU responder", eku_responder, nothing, TSPDM_OK, 0 },
	{ "EKU both", eku_both, nothing, TSPDM_OK, 0 },
	{ "EKU of others", eku_others, nothing, TSPDM_OK, 0 },
	{ "EKU requester of a requester", eku_requester_by_requester, nothing, TSPDM_OK, 0 },
	{ "unknown extension", harmless_unknown, nothing, TSPDM_OK, 0 },
	{ "critical TcbInfo", critical_dice, nothing, TSPDM_OK, 0 },
	{ "critical evidence", critical_evidence, nothing, TSPDM_OK, 0 },
	{ "hardware identity", hardware_identity, nothing, TSPDM_OK, 0 },
	{ "mutable alias", mutable_alias, nothing, TSPDM_OK, 0 },
	{ "RSA leaf as asked", rsa_as_asked, nothing, TSPDM_OK, 0 },
	{ "path length just enough", path_just_long_enough, nothing, TSPDM_OK, 0 },
	{ "sixteen certificates", sixteen, nothing, TSPDM_OK, 0 },
	{ "single, anchored", single, nothing, TSPDM_OK, 0 },
	{ "single, unanchored allowed", single_unanchored, no_anchors, TSPDM_OK, 0 },
	{ "unanchored allowed", unanchored_allowed, no_anchors, TSPDM_OK, 0 },
	{ "unanchored allowed, other anchor", unanchored_allowed, other_anchor, TSPDM_OK, 0 },
	{ "self-signature of an anchor does not count", root_forged, nothing, TSPDM_OK, 0 },

	{ "empty", nothing, empty_chain, TSPDM_ERR_CHAIN_FORM, 0 },
	{ "trailing byte", nothing, trailing_byte, TSPDM_ERR_CHAIN_FORM, 3 },
	{ "trailing empty sequence", nothing, trailing_sequence, TSPDM_ERR_CHAIN_FORM, 3 },
	{ "seventeen certificates", seventeen, nothing, TSPDM_ERR_CHAIN_FORM, 16 },
	{ "leaf of version 1", leaf_is_v1, nothing, TSPDM_ERR_CHAIN_FORM, LEAF },
	{ "SPDM extension cut", spdm_extension_broken, nothing, TSPDM_ERR_CHAIN_FORM, LEAF },
	{ "SPDM extension without pair", spdm_extension_no_pair, nothing, TSPDM_ERR_CHAIN_FORM, LEAF },
	{ "SPDM extension with a tail", spdm_extension_trailing, nothing, TSPDM_ERR_CHAIN_FORM, LEAF },
	{ "wrong root hash", nothing, wrong_root_hash, TSPDM_ERR_CHAIN_ROOT_HASH, 0 },
	{ "wrong root hash, allowed unanchored", unanchored_allowed, wrong_root_hash, TSPDM_ERR_CHAIN_ROOT_HASH, 0 },
	{ "short root hash", nothing, short_root_hash, TSPDM_ERR_CHAIN_ROOT_HASH, 0 },
	{ "no root hash", nothing, no_root_hash, TSPDM_ERR_CHAIN_ROOT_HASH, 0 },
	{ "root hash of another algorithm", nothing, other_hash, TSPDM_ERR_CHAIN_ROOT_HASH, 0 },
	{ "hash of no algorithm", nothing, unknown_hash, TSPDM_ERR_UNSUPPORTED, 0 },
	{ "root hash of no anchor", leave_root_out, wrong_root_hash_without_root, TSPDM_ERR_CHAIN_UNTRUSTED, 0 },
	{ "leaf first", nothing, leaf_first, TSPDM_ERR_CHAIN_SIGNATURE, 0 },
	{ "last two swapped", nothing, swap_last_two, TSPDM_ERR_CHAIN_SIGNATURE, 1 },
	{ "middle missing", nothing, middle_missing, TSPDM_ERR_CHAIN_SIGNATURE, 1 },
	{ "leaf missing", nothing, leaf_missing, TSPDM_ERR_CHAIN_USAGE, 1 },
	{ "leaf expired", leaf_expires, nothing, TSPDM_ERR_CHAIN_TIME, LEAF },
	{ "leaf in the future", leaf_in_future, nothing, TSPDM_ERR_CHAIN_TIME, LEAF },
	{ "middle expired", middle_expires, nothing, TSPDM_ERR_CHAIN_TIME, MIDDLE },
	{ "root expired", root_expires, nothing, TSPDM_ERR_CHAIN_TIME, ROOT },
	{ "leaf is a CA", leaf_is_ca, nothing, TSPDM_ERR_CHAIN_USAGE, LEAF },
	{ "leaf without keyUsage", leaf_without_usage, nothing, TSPDM_ERR_CHAIN_USAGE, LEAF },
	{ "leaf without digitalSignature", leaf_without_signing, nothing, TSPDM_ERR_CHAIN_USAGE, LEAF },
	{ "leaf for certificates", leaf_certifies, nothing, TSPDM_ERR_CHAIN_USAGE, LEAF },
	{ "EKU requester only", eku_requester, nothing, TSPDM_ERR_CHAIN_USAGE, LEAF },
	{ "EKU requester and TLS", eku_requester_and_tls, nothing, TSPDM_ERR_CHAIN_USAGE, LEAF },
	{ "EKU responder of a requester", eku_responder_by_requester, nothing, TSPDM_ERR_CHAIN_USAGE, LEAF },
	{ "hardware identity in an alias", hardware_alias, nothing, TSPDM_ERR_CHAIN_USAGE, LEAF },
	{ "issuer without basicConstraints", middle_without_basic, nothing, TSPDM_ERR_CHAIN_USAGE, MIDDLE },
	{ "issuer is no CA", middle_is_no_ca, nothing, TSPDM_ERR_CHAIN_USAGE, MIDDLE },
	{ "issuer without keyCertSign", middle_without_cert_sign, nothing, TSPDM_ERR_CHAIN_USAGE, MIDDLE },
	{ "root is no CA", root_is_no_ca, nothing, TSPDM_ERR_CHAIN_USAGE, ROOT },
	{ "path too long", path_too_long, nothing, TSPDM_ERR_CHAIN_USAGE, ROOT },
	{ "name excluded", name_excluded, nothing, TSPDM_ERR_CHAIN_USAGE, LEAF },
	{ "critical unknown", critical_unknown, nothing, TSPDM_ERR_CHAIN_EXTENSION, LEAF },
	{ "critical unknown in an issuer", critical_in_middle, nothing, TSPDM_ERR_CHAIN_EXTENSION, MIDDLE },
	{ "leaf of another curve", leaf_of_other_curve, nothing, TSPDM_ERR_KEY, LEAF },
	{ "leaf of RSA", leaf_of_rsa, nothing, TSPDM_ERR_KEY, LEAF },
	{ "RSA of another size", rsa_of_other_size, nothing, TSPDM_ERR_KEY, LEAF },
	{ "issuer of RSA-1024", middle_of_small_rsa, nothing, TSPDM_ERR_KEY, MIDDLE },
	{ "leaf signed with SHA-1", leaf_signed_with_sha1, nothing, TSPDM_ERR_CHAIN_SIGNATURE, LEAF },
	{ "leaf forged", leaf_forged, nothing, TSPDM_ERR_CHAIN_SIGNATURE, LEAF },
	{ "middle forged", middle_forged, nothing, TSPDM_ERR_CHAIN_SIGNATURE, MIDDLE },
	{ "leaf signed by a stranger", leaf_signed_by_stranger, nothing, TSPDM_ERR_CHAIN_SIGNATURE, LEAF },
	{ "leaf signed by the root", leaf_signed_by_root, nothing, TSPDM_ERR_CHAIN_SIGNATURE, LEAF },
	{ "leaf names another issuer", leaf_names_other_issuer, nothing, TSPDM_ERR_CHAIN_SIGNATURE, LEAF },
	{ "middle names another issuer", middle_names_other_issuer, nothing, TSPDM_ERR_CHAIN_SIGNATURE, MIDDLE },
	{ "a certificate that is not on the path", detour, nothing, TSPDM_ERR_CHAIN_SIGNATURE, LEAF },
	{ "no anchors", nothing, no_anchors, TSPDM_ERR_CHAIN_UNTRUSTED, 0 },
	{ "no anchors, below the root", leave_root_out, no_anchors, TSPDM_ERR_CHAIN_UNTRUSTED, 0 },
	{ "other anchor", nothing, other_anchor, TSPDM_ERR_CHAIN_UNTRUSTED, 0 },
	{ "other anchor, below the root", leave_root_out, other_anchor, TSPDM_ERR_CHAIN_UNTRUSTED, 0 },
	{ "only the middle as anchor", nothing, middle_as_anchor, TSPDM_ERR_CHAIN_UNTRUSTED, 0 },
	{ "single, no anchors", single, no_anchors, TSPDM_ERR_CHAIN_UNTRUSTED, 0 },
	{ "unanchored without its root", unanchored_without_root, no_anchors, TSPDM_ERR_CHAIN_UNTRUSTED, 0 },
	{ "unanchored, root forged", unanchored_forged_root, no_anchors, TSPDM_ERR_CHAIN_UNTRUSTED, 0 },
	{ "unanchored, leaf forged", unanchored_forged_leaf, no_anchors, TSPDM_ERR_CHAIN_SIGNATURE, LEAF },
	{ "unanchored, single forged", single_forged_unanchored, no_anchors, TSPDM_ERR_CHAIN_UNTRUSTED, 0 },
	{ "anchors cut", nothing, broken_anchors, TSPDM_ERR_ARGUMENT, 0 },
	{ "bytes behind the anchors", nothing, bytes_behind_anchors, TSPDM_ERR_ARGUMENT, 0 },
};

/* What holds after every check, whatever its status. */
static void check_result(struct tspdm_crypto *crypto, const struct scene *s, enum tspdm_status status,
	const struct tspdm_chain_result *result)
{
	assert_int_equal(ERR_peek_error(), 0);
	if (status != TSPDM_OK) {
		assert_null(result->leaf_key);
		assert_false(result->is_anchored);
		return;
	}
	assert_non_null(result->leaf_key);
	assert_ptr_equal(result->leaf.ptr, s->chain + s->at[s->count - 1]);
	assert_int_equal(result->leaf.len, s->at[s->count] - s->at[s->count - 1]);
	crypto->ops->public_key_free(crypto, result->leaf_key);
}

static void each_cause_has_its_status_and_its_place(void **state)
{
	struct tspdm_crypto *crypto = *state;
	struct scene *s = malloc(sizeof *s);
	struct tspdm_chain_result result;

	assert_non_null(s);
	for (size_t i = 0; i < COUNT(cases); i++) {
		good_scene(s);
		cases[i].before(s);
		build_scene(s);
		cases[i].after(s);
		enum tspdm_status status = crypto->ops->check_chain(crypto, &s->check, &result);
		if (status != cases[i].status || result.failed_at != cases[i].failed_at)
			print_message("# %s: %s at %u\n", cases[i].name, tspdm_status_name(status), result.failed_at);
		check_result(crypto, s, status, &result);
		assert_int_equal(status, cases[i].status);
		assert_int_equal(result.failed_at, cases[i].failed_at);
	}
	free(s);
}

static void an_unanchored_chain_is_never_called_anchored(void **state)
{
	static const struct {
		void (*before)(struct scene *s), (*after)(struct scene *s);
		bool is_anchored;
	} rows[] = {
		{ nothing, nothing, true },
		{ leave_root_out, nothing, true },
		{ unanchored_allowed, nothing, true },
		{ unanchored_allowed, no_anchors, false },
		{ unanchored_allowed, other_anchor, false },
		{ single_unanchored, no_anchors, false },
	};
	struct tspdm_crypto *crypto = *state;
	struct scene *s = malloc(sizeof *s);
	struct tspdm_chain_result result;

	assert_non_null(s);
	for (size_t i = 0; i < COUNT(rows); i++) {
		good_scene(s);
		rows[i].before(s);
		build_scene(s);
		rows[i].after(s);
		assert_int_equal(crypto->ops->check_chain(crypto, &s->check, &result), TSPDM_OK);
		assert_int_equal(result.is_anchored, rows[i].is_anchored);
		crypto->ops->public_key_free(crypto, result.leaf_key);
	}
	free(s);
}

static void a_chain_cut_anywhere_is_refused(void **state)
{
	struct tspdm_crypto *crypto = *state;
	struct scene *s = malloc(sizeof *s);
	struct tspdm_chain_result result;

	assert_non_null(s);
	good_scene(s);
	build_scene(s);
	for (size_t len = 0; len < s->at[s->count]; len++) {
		s->check.certificates.len = len;
		assert_int_not_equal(crypto->ops->check_chain(crypto, &s->check, &result), TSPDM_OK);
		assert_null(result.leaf_key);
	}
	free(s);
}

/* Any byte: the DER of the certificates, what is signed, and the signatures. The root is an anchor, byte for byte. */
static void a_chain_changed_anywhere_is_refused(void **state)
{
	struct tspdm_crypto *crypto = *state;
	struct scene *s = malloc(sizeof *s);
	struct tspdm_chain_result result;

	assert_non_null(s);
	good_scene(s);
	build_scene(s);
	for (size_t i = 0; i < s->at[s->count]; i++) {
		s->chain[i] ^= (uint8_t)(1U << i % 8);
		assert_int_not_equal(crypto->ops->check_chain(crypto, &s->check, &result), TSPDM_OK);
		assert_null(result.leaf_key);
		s->chain[i] ^= (uint8_t)(1U << i % 8);
	}
	assert_int_equal(ERR_peek_error(), 0);
	free(s);
}

/* The chain of a device as it was sold, its leaf first in the file. */
static void the_chain_of_a_genuine_device_passes(void **state)
{
	static const char directory[] = TSPDM_SHARED_DIR "/testdata/spdm-device/01-gh100-1.1/";
	struct tspdm_crypto *crypto = *state;
	struct tspdm_view pem, root;
	uint8_t leaf_first_der[8192], der[8192], root_der[2048], root_hash[48];
	struct tspdm_buffer in = { .ptr = leaf_first_der, .cap = sizeof leaf_first_der };
	struct tspdm_buffer anchor = { .ptr = root_der, .cap = sizeof root_der };
	struct tspdm_chain_result result;
	char path[512];
	size_t at;

	(void)snprintf(path, sizeof path, "%schain.pem", directory);
	pem = read_file(path);
	(void)snprintf(path, sizeof path, "%sroot.pem", directory);
	root = read_file(path);
	if (pem.len == 0 || root.len == 0) {
		free((void *)(uintptr_t)pem.ptr);
		free((void *)(uintptr_t)root.ptr);
		skip();
	}
	assert_int_equal(tspdm_openssl_certificates(pem, &in), TSPDM_OK);
	assert_int_equal(tspdm_openssl_certificates(root, &anchor), TSPDM_OK);
	free((void *)(uintptr_t)pem.ptr);
	free((void *)(uintptr_t)root.ptr);
	at = in.len;
	for (size_t i = 0; i < in.len;) { /* each has a length of two bytes */
		size_t len = 4U + (size_t)(leaf_first_der[i + 2] << 8 | leaf_first_der[i + 3]);

		at -= len;
		memcpy(der + at, leaf_first_der + i, len);
		i += len;
	}
	EVP_Digest(root_der, anchor.len, root_hash, NULL, EVP_sha384(), NULL);
	struct tspdm_chain_check check = { .certificates = { der, in.len },
		.root_hash = { root_hash, sizeof root_hash },
		.hash = TSPDM_HASH_SHA384,
		.asym = TSPDM_ASYM_ECDSA_P384,
		.anchors = { root_der, anchor.len },
		.time = NOW,
		.is_alias = true };
	assert_int_equal(crypto->ops->check_chain(crypto, &check, &result), TSPDM_OK);
	assert_true(result.is_anchored);
	crypto->ops->public_key_free(crypto, result.leaf_key);
	check.is_alias = false;
	check.certificates.ptr += anchor.len; /* below the root */
	check.certificates.len -= anchor.len;
	assert_int_equal(crypto->ops->check_chain(crypto, &check, &result), TSPDM_OK);
	crypto->ops->public_key_free(crypto, result.leaf_key);
	check.anchors.len = 0;
	assert_int_equal(crypto->ops->check_chain(crypto, &check, &result), TSPDM_ERR_CHAIN_UNTRUSTED);
}

static int set_up(void **state)
{
	for (size_t i = 0; i < COUNT(groups); i++)
		keys[i] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", groups[i]);
	keys[RSA_2048] = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	keys[RSA_1024] = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
	return new_crypto(state);
}

static int tear_down(void **state)
{
	for (size_t i = 0; i < COUNT(keys); i++)
		EVP_PKEY_free(keys[i]);
	return free_crypto(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cause_has_its_status_and_its_place),
		cmocka_unit_test(an_unanchored_chain_is_never_called_anchored),
		cmocka_unit_test(a_chain_cut_anywhere_is_refused),
		cmocka_unit_test(a_chain_changed_anywhere_is_refused),
		cmocka_unit_test(the_chain_of_a_genuine_device_passes),
	};

	return cmocka_run_group_tests_name("openssl chains", tests, set_up, tear_down);
}
