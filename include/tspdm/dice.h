/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a certificate says of the device whose key it certifies: the TCG DICE extensions TcbInfo, MultiTcbInfo and Ueid,
 * conceptual message wrappers, and the device information of DSP0274. Form is judged strictly, as DER; whether what is said
 * is wanted is for a policy.
 *
 *	struct tspdm_dice *dice = malloc(sizeof *dice);
 *	if (tspdm_dice_read(certificate, dice) == TSPDM_OK && dice->tcb_info_count != 0)
 *		show(dice->tcb_infos[0].fwids[0].digest);
 */
#ifndef TSPDM_DICE_H
#define TSPDM_DICE_H

#include <tspdm/spdm.h>
#include <tspdm/status.h>
#include <tspdm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TSPDM_OID_DICE_TCB_INFO "2.23.133.5.4.1"
#define TSPDM_OID_DICE_UEID "2.23.133.5.4.4"
#define TSPDM_OID_DICE_MULTI_TCB_INFO "2.23.133.5.4.5"
#define TSPDM_OID_DICE_WRAPPER "2.23.133.5.4.9"
#define TSPDM_OID_PKIX_WRAPPER "1.3.6.1.5.5.7.1.35"
#define TSPDM_OID_DMTF_DEVICE_INFO "1.3.6.1.4.1.412.274.1"

enum {
	TSPDM_DICE_TCB_INFOS_MAX = 8, /**< in one certificate; more are refused, as are more of what follows */
	TSPDM_DICE_FWIDS_MAX = 8,     /**< in one TcbInfo */
	TSPDM_DICE_REGISTERS_MAX = 4, /**< integrity registers in one TcbInfo */
	TSPDM_DICE_WRAPPERS_MAX = 2,  /**< one for each of the two OIDs */
	TSPDM_DICE_DIGEST_MAX = 64,   /**< bytes of a FWID's digest */
	TSPDM_DICE_UEID_MAX = 64,     /**< bytes */
};

/** TCG DICE Attestation Architecture "OperationalFlags": the named bits of the BIT STRING, the first as bit 0. */
enum tspdm_dice_flag {
	TSPDM_DICE_NOT_CONFIGURED = 1 << 0,
	TSPDM_DICE_NOT_SECURE = 1 << 1,
	TSPDM_DICE_RECOVERY = 1 << 2,
	TSPDM_DICE_DEBUG = 1 << 3,
	TSPDM_DICE_NOT_REPLAY_PROTECTED = 1 << 4,
	TSPDM_DICE_NOT_INTEGRITY_PROTECTED = 1 << 5,
	TSPDM_DICE_NOT_RUNTIME_MEASURED = 1 << 6,
	TSPDM_DICE_NOT_IMMUTABLE = 1 << 7,
	TSPDM_DICE_NOT_TCB = 1 << 8,
};
/** @returns "debug", "not_secure" … for the n-th bit; NULL for one without a name */
TSPDM_API const char *tspdm_dice_flag_name(unsigned bit);

/** A digest of firmware. */
struct tspdm_dice_fwid {
	uint32_t hash;            /**< enum tspdm_hash_algorithm; 0: another, see `oid` */
	struct tspdm_view oid;    /**< contents of the OBJECT IDENTIFIER */
	struct tspdm_view digest; /**< of the length of the hash, where that is known; 1 to 64 bytes */
};

struct tspdm_dice_register {
	struct tspdm_view name; /**< empty: it has a number only */
	bool has_number;
	uint64_t number;
	unsigned digest_count;
	struct tspdm_dice_fwid digests[TSPDM_DICE_FWIDS_MAX];
};

enum tspdm_dice_form {
	TSPDM_DICE_TCG = 1,   /**< DiceTcbInfo, all fields of which are optional */
	TSPDM_DICE_COMPOSITE, /**< what devices of before it have under its OID: SEQUENCE { version, device key, FWID } */
};

/** One component of a device. Views are empty, and numbers unset, where the certificate has no such field. */
struct tspdm_dice_tcb_info {
	enum tspdm_dice_form form;
	struct tspdm_view vendor, model, version; /**< UTF-8; COMPOSITE: empty */
	struct tspdm_view vendor_info, type;
	struct tspdm_view device_key; /**< COMPOSITE: DER SubjectPublicKeyInfo of the layer below */
	bool has_svn, has_layer, has_index, has_flags, has_flags_mask;
	uint32_t flags, flags_mask; /**< enum tspdm_dice_flag */
	uint64_t svn, layer, index;
	unsigned fwid_count;
	struct tspdm_dice_fwid fwids[TSPDM_DICE_FWIDS_MAX];
	unsigned register_count;
	struct tspdm_dice_register registers[TSPDM_DICE_REGISTERS_MAX];
};

enum tspdm_dice_wrapper_form {
	TSPDM_WRAPPER_CBOR_RECORD = 1, /**< [ type, value, ? indicator ] */
	TSPDM_WRAPPER_CBOR_TAG,        /**< tag(value) */
	TSPDM_WRAPPER_CBOR_COLLECTION, /**< { label: wrapper … } */
	TSPDM_WRAPPER_JSON_RECORD,
	TSPDM_WRAPPER_JSON_COLLECTION,
};
/** @returns "cbor-record", "cbor-tag" … */
TSPDM_API const char *tspdm_dice_wrapper_form_name(enum tspdm_dice_wrapper_form form);

/** A conceptual message wrapper (RATS), told from outside: what is in it has readers of its own. */
struct tspdm_dice_wrapper {
	enum tspdm_dice_wrapper_form form;
	bool is_pkix;            /**< under id-pe-cmw, else under DICE's OID */
	char type[64];           /**< records: the media type; empty: `number` is a content format */
	uint64_t number;         /**< content format; tag; number of members of a collection */
	uint64_t indicator;      /**< records: 1 reference values, 2 endorsements, 4 evidence, 8 results, 16 policy; 0: untold */
	struct tspdm_view whole; /**< CBOR or JSON */
};

/** All that a certificate says. Views of the certificate. Large: put it on the heap. */
struct tspdm_dice {
	unsigned tcb_info_count; /**< of TcbInfo, or in the order of MultiTcbInfo */
	struct tspdm_dice_tcb_info tcb_infos[TSPDM_DICE_TCB_INFOS_MAX];
	struct tspdm_view ueid;
	unsigned wrapper_count;
	struct tspdm_dice_wrapper wrappers[TSPDM_DICE_WRAPPERS_MAX];
	struct tspdm_view device_info; /**< DMTF otherName of the subjectAltName: "manufacturer:product:serial" */
};

/** Reads what a certificate says of its device.
 * @param certificate  exactly one, DER
 * @retval TSPDM_OK                    also where it says nothing: then `out` is all zero
 * @retval TSPDM_ERR_CHAIN_FORM        it is no certificate in DER
 * @retval TSPDM_ERR_EVIDENCE_FORM     an extension is malformed, stands twice, or has more in it than the limits above */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_dice_read(struct tspdm_view certificate, struct tspdm_dice *out);

#ifdef __cplusplus
}
#endif
#endif
