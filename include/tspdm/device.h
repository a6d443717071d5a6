/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The device vtable: what a responder answers with. Certificate chains, a signer, measurements, TEE evidence, vendor-defined
 * requests. struct tspdm_basic_device serves most needs from tables:
 *
 *	struct tspdm_basic_device device;
 *	tspdm_basic_device_init(&device);
 *	device.slots[0] = slot;		// e.g. from tspdm_openssl_identity_slot()
 *	device.blocks = blocks, device.block_count = 3;
 *	config.device = &device.base;
 *
 * Functions that take long return TSPDM_AGAIN: the responder then answers ERROR(ResponseNotReady) and calls again, with the
 * same arguments and the same `pending`, when RESPOND_IF_READY comes; or cancels. One device may serve many responders.
 */
#ifndef TSPDM_DEVICE_H
#define TSPDM_DEVICE_H

#include <tspdm/evidence.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tspdm_device;
struct tspdm_signer;

/** What connects a call that said "not yet" with its repetition. Zero before the first call; one for each responder. */
struct tspdm_pending {
	void *job;         /**< the device's own; NULL: nothing is under way */
	uint32_t retry_us; /**< set with TSPDM_AGAIN: an estimate of the time still needed */
	uint32_t stage;    /**< the device's own */
};

/** Contract of a signer (a key in memory, an HSM). */
struct tspdm_signer_ops {
	size_t size;
	const char *name;
	/** Signs in the encoding of DSP0274.
	 * @param signature  exactly tspdm_algorithm_size(TSPDM_KIND_ASYM, tbs->asym) bytes are appended
	 * @retval TSPDM_AGAIN            later, with the same `tbs`
	 * @retval TSPDM_ERR_UNSUPPORTED  the key is not for tbs->asym */
	enum tspdm_status (*sign)(struct tspdm_signer *signer, const struct tspdm_to_be_signed *tbs,
		struct tspdm_buffer *signature, struct tspdm_pending *pending);
	/** Gives up what `pending` tells of. */
	void (*cancel)(struct tspdm_signer *signer, struct tspdm_pending *pending);
};

struct tspdm_signer {
	const struct tspdm_signer_ops *ops;
};

/** A provisioned certificate slot; views that live as long as the device, where chains are never set. Where they are
 * (tspdm_device_ops.set_certificate), `certificates`, `root` and `spki` live until `generation` tells another number, and
 * the signer as long as the device. */
struct tspdm_slot {
	struct tspdm_view certificates; /**< concatenated DER, root side first, leaf last; empty: the slot is not provisioned */
	struct tspdm_view root;         /**< DER of the root, where it is not the first of `certificates`; else empty */
	struct tspdm_view spki;         /**< DER SubjectPublicKeyInfo of the leaf */
	uint32_t asym;                  /**< mask of the algorithms that the key can sign with */
	struct tspdm_signer *signer;
};

/** In which forms a measurement exists. */
enum tspdm_block_form {
	TSPDM_BLOCK_RAW_ONLY,      /**< version numbers, device mode */
	TSPDM_BLOCK_RAW_OR_DIGEST, /**< `value` is raw; where a digest is wanted the responder hashes it */
	TSPDM_BLOCK_DIGEST,        /**< `value` is a digest already; shown as raw where its length is not MeasurementHashAlgo's */
};

/** One measurement as the device knows it. */
struct tspdm_block {
	uint8_t index; /**< 1 to 0xEF, TSPDM_INDEX_MANIFEST or TSPDM_INDEX_DEVICE_MODE */
	uint8_t type;  /**< enum tspdm_measurement_type without bit 7 */
	uint8_t form;  /**< enum tspdm_block_form */
	bool is_tcb;   /**< part of the TCB summary (DSP0274 "MeasurementSummaryHash") */
	struct tspdm_view value;
};

/** A vendor-defined request, and where its answer goes. */
struct tspdm_vendor_request {
	uint16_t standard_id;
	struct tspdm_view vendor_id;
	struct tspdm_view payload;
	uint32_t session; /**< the established session that it came in; 0: it came in the clear, or in a handshake */
};

/** Answers the vendor-defined requests of one StandardID and VendorID; a responder's configuration lists some. */
struct tspdm_vendor_handler {
	uint16_t standard_id;
	bool needs_session;   /**< what does not come in an established session gets SessionRequired, and is not seen */
	uint8_t reserved[5];  /**< 0 */
	struct tspdm_view vendor_id; /**< exactly these bytes; empty: none, as the DMTF has it */
	void *context;
	/** Appends the response's payload. In the clear a requester may repeat a request whose answer was lost: doing the
	 * same twice must do no harm.
	 * @retval TSPDM_AGAIN            later; called again with the same request and `pending`, or cancelled
	 * @retval TSPDM_ERR_FIELD        the payload is invalid (InvalidRequest)
	 * @retval TSPDM_ERR_UNSUPPORTED  the payload asks for what is not there (UnsupportedRequest)
	 * @retval TSPDM_ERR_UNEXPECTED   not now (UnexpectedRequest)
	 * @retval TSPDM_ERR_SESSION_REQUIRED  not in the clear
	 * @retval TSPDM_ERR_BUSY         later, but nothing of it is kept
	 * @retval TSPDM_ERR_BUFFER       response->len tells the size needed
	 * Any other failure is told as Unspecified. */
	enum tspdm_status (*answer)(void *context, const struct tspdm_vendor_request *request,
		struct tspdm_buffer *response, struct tspdm_pending *pending);
	/** Gives up, or finishes with, what `answer` left in `pending`; called where `job` or `stage` is not zero. NULL: it
	 * leaves nothing there that has to be given back. */
	void (*cancel)(void *context, struct tspdm_pending *pending);
};

/** What GET_CSR asks for. */
struct tspdm_csr_request {
	struct tspdm_view requester_info; /**< RequesterInfo: DER CertificationRequestInfo (RFC 2986), or empty. The peer's bytes,
	                                       not looked at yet */
	struct tspdm_view opaque;         /**< OpaqueData, elements of the form that was negotiated; or empty */
	uint32_t asym;                    /**< BaseAsymSel, one bit: what the key has to sign with */
	uint32_t hash;                    /**< BaseHashSel, one bit */
};

/** A chain for a slot, as SET_CERTIFICATE brings it. The responder has judged it: it begins with a self-signed root whose
 * hash is RootHash, each certificate is signed by the one before, and the last fits its part. */
struct tspdm_new_chain {
	uint8_t slot;         /**< 0 to 7 */
	bool is_device_ca;    /**< AliasCert model: the last certificate is the Device Certificate CA, and alias certificates
	                           are the device's to add; else (DeviceCert model) it is the leaf */
	bool is_in_session;   /**< whether the request came in a session; else in the clear */
	uint8_t reserved[5];  /**< 0 */
	struct tspdm_view certificates; /**< concatenated DER, root first; copy what is to be kept */
	struct tspdm_view last_spki;    /**< DER SubjectPublicKeyInfo of the last certificate: must be the device's own key */
};

/** Contract of a device. `slot` is required, the rest optional; CHAL_CAP, MEAS_CAP … of the configuration must not announce
 * what is missing. */
struct tspdm_device_ops {
	size_t size;
	const char *name;

	/** Tells what is in a slot.
	 * @param slot  0..7; where the configuration announces PUB_KEY_ID also TSPDM_SLOT_PUBLIC_KEY, which asks for the key
	 *              that is provisioned without certificates: spki, asym and signer
	 * @retval TSPDM_ERR_SLOT            nothing
	 * @retval TSPDM_ERR_RESET_REQUIRED  a chain that was set waits for a reset, and there is none until then. Only with
	 *                                   CERT_INSTALL_RESET */
	enum tspdm_status (*slot)(struct tspdm_device *device, unsigned slot, struct tspdm_slot *out);

	/** Lists all measurements, by ascending index.
	 *
	 * A device with TEE evidence may list a block TSPDM_INDEX_MANIFEST whose value is the evidence of its identity. It
	 * is shown as a digest only: raw evidence is always fresh, made by `evidence` for a signed request that asks for
	 * the raw form. Such a request is answered also if the block is not listed.
	 *
	 * @param out    the device's memory, good until the next call on the device
	 * @retval TSPDM_AGAIN  measuring takes a while */
	enum tspdm_status (*measure)(struct tspdm_device *device, const struct tspdm_block **out, size_t *count,
		struct tspdm_pending *pending);

	/** Makes fresh TEE evidence; its raw form becomes the value of block 0xFD (docs/profile.md). The report data is the
	 * responder's own computation, never the peer's bytes.
	 * @param report_data  TSPDM_REPORT_DATA_LEN bytes
	 * @param out          good until `pending` is ended by cancel() */
	enum tspdm_status (*evidence)(struct tspdm_device *device, const uint8_t *report_data, struct tspdm_evidence *out,
		struct tspdm_pending *pending);

	/** Answers a vendor-defined request that no handler of the configuration is for, by appending the response's payload.
	 * The rest as of tspdm_vendor_handler.answer.
	 * @retval TSPDM_ERR_UNSUPPORTED  StandardID or VendorID unknown
	 * @retval TSPDM_ERR_FIELD        the payload is invalid */
	enum tspdm_status (*vendor)(struct tspdm_device *device, const struct tspdm_vendor_request *request,
		struct tspdm_buffer *response, struct tspdm_pending *pending);

	/** Gives up, or finishes with, what measure, evidence, vendor, csr or set_certificate left in `pending`; zeroes it. Called where `job` or
	 * `stage` is not zero. */
	void (*cancel)(struct tspdm_device *device, struct tspdm_pending *pending);

	/** Whether there is TEE evidence; NULL: where `evidence` is set. The answer does not change. */
	bool (*has_evidence)(struct tspdm_device *device);

	/** Makes a certificate request, where the responder announces CSR, by appending it: DER, PKCS #10, at most 65535
	 * bytes, signed with the key of the device. What RequesterInfo says of subject and attributes may be taken over; the
	 * key that it tells may not. tspdm_openssl_identity_request() does it for keys in memory.
	 * @retval TSPDM_AGAIN               later, with the same request
	 * @retval TSPDM_ERR_FIELD           RequesterInfo or OpaqueData are malformed, or more than the device takes
	 * @retval TSPDM_ERR_RESET_REQUIRED  with CERT_INSTALL_RESET: there is one after a reset only
	 * @retval TSPDM_ERR_UNSUPPORTED     there are no requests to be had */
	enum tspdm_status (*csr)(struct tspdm_device *device, const struct tspdm_csr_request *request,
		struct tspdm_buffer *csr, struct tspdm_pending *pending);

	/** Puts a chain into a slot and keeps it for good, where the responder announces SET_CERT. When it returns TSPDM_OK
	 * the slot shows the chain, and `generation` another number. Whether the last certificate's key is the device's own
	 * is for the device to judge, and so is whether it lets a slot be changed at all.
	 * @retval TSPDM_AGAIN               later, with the same chain
	 * @retval TSPDM_ERR_KEY             the chain is of another key
	 * @retval TSPDM_ERR_SLOT            the device has no such slot, or it must not be changed
	 * @retval TSPDM_ERR_STORAGE         it could not be stored, and nothing has changed
	 * @retval TSPDM_ERR_RESET_REQUIRED  with CERT_INSTALL_RESET: stored, and shown after a reset
	 * @retval TSPDM_ERR_UNSUPPORTED     chains cannot be set */
	enum tspdm_status (*set_certificate)(
		struct tspdm_device *device, const struct tspdm_new_chain *chain, struct tspdm_pending *pending);

	/** A number that changes whenever what a slot shows does. NULL: it never does. Required beside set_certificate. */
	uint32_t (*generation)(struct tspdm_device *device);
};

struct tspdm_device {
	const struct tspdm_device_ops *ops;
};

/** A device from tables. All pointers are the caller's and live as long as it. */
struct tspdm_basic_device {
	struct tspdm_device base;
	struct tspdm_slot slots[8];
	const struct tspdm_block *blocks; /**< ascending by index */
	size_t block_count;
	struct tspdm_evidence_source *evidence; /**< NULL: a plain SPDM device */
	/** Vendor-defined handler, NULL: none. Contract of tspdm_device_ops.vendor, with `vendor_context` for the device.
	 * There is no cancel for it: it must not leave anything in `pending` that has to be given back. */
	enum tspdm_status (*vendor)(void *vendor_context, const struct tspdm_vendor_request *request,
		struct tspdm_buffer *response, struct tspdm_pending *pending);
	void *vendor_context;
	struct tspdm_slot public_key; /**< spki, asym and signer of a device that has PUB_KEY_ID instead of CERT */

	/** Provisioning, as of tspdm_device_ops.csr and .set_certificate, each optional, with `provision_context` for the
	 * device and without cancel. A slot whose chain is to be set has `spki`, `asym` and `signer` in `slots`, and no
	 * `certificates` as long as there is none; chains of other keys are refused before set_certificate is asked. That puts
	 * the new chain into `slots`, for good. */
	enum tspdm_status (*csr)(void *provision_context, const struct tspdm_csr_request *request,
		struct tspdm_buffer *csr, struct tspdm_pending *pending);
	enum tspdm_status (*set_certificate)(
		void *provision_context, const struct tspdm_new_chain *chain, struct tspdm_pending *pending);
	void *provision_context;
	struct tspdm_view device_ca; /**< AliasCert model: DER SubjectPublicKeyInfo of the Device Certificate CA's key, which
	                                  chains for any slot have to be of */
	uint32_t generation;         /**< counts the chains that were set; who changes `slots` otherwise counts too */
	uint8_t reserved[4];         /**< 0 */
};

/** Zeroes the device and sets its vtable. */
TSPDM_API void tspdm_basic_device_init(struct tspdm_basic_device *device);

#ifdef __cplusplus
}
#endif
#endif
