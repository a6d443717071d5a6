/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The numbers and names of DSP0274: versions, message codes, error codes, capability flags, algorithms. An algorithm is
 * named by its single bit in the standard's mask, so that a mask of offers and the name of a choice have one type.
 *
 *	const struct tspdm_algorithm *a = tspdm_algorithm_by_name(TSPDM_KIND_ASYM, "ecdsa-p384");
 *	offers.asym |= a->bit;	// a->size is the signature's length in bytes: 96
 */
#ifndef TSPDM_SPDM_H
#define TSPDM_SPDM_H

#include <tspdm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** SPDMVersion as the messages carry it: major in bits 7:4, minor in 3:0. */
enum tspdm_version {
	TSPDM_V10 = 0x10,
	TSPDM_V11 = 0x11,
	TSPDM_V12 = 0x12,
	TSPDM_V13 = 0x13,
	TSPDM_V14 = 0x14,
};

/** A set of versions: bit n stands for 1.n. */
#define TSPDM_VERSION_BIT(version) (1U << ((version)&0x0FU))

/** Where deployed peers differ from the standard's text, this library goes along as far as nothing is weakened by it. Each
 * of these takes one tolerance away; docs/profile.md has the reasons. */
enum tspdm_strict {
	TSPDM_STRICT_SIGNATURE_ORDER = 1 << 0, /**< 1.0, 1.1: RSA and ECDSA signatures are taken in big-endian order only */
	TSPDM_STRICT_SEQUENCE_ORDER = 1 << 1,  /**< DSP0277 1.0, 1.1: a nonce's sequence number is little-endian, and no
	                                            other order is tried */
	TSPDM_STRICT_ED448_CONTEXT = 1 << 2,   /**< Ed448 with spdm_context as its context, and never without */
	TSPDM_STRICT_IN_SESSION = 1 << 3,      /**< 1.1: GET_DIGESTS and GET_CERTIFICATE are for outside sessions only */
	TSPDM_STRICT_ALL = 0x0F,
};

enum {
	TSPDM_SLOTS = 8,                 /**< certificate slots, 0 to 7 */
	TSPDM_SLOT_PUBLIC_KEY = 0xFF,    /**< CHALLENGE: the provisioned public key instead of a slot */
	TSPDM_NONCE_LEN = 32,            /**< bytes */
	TSPDM_HASH_MAX = 64,             /**< bytes of the longest digest */
	TSPDM_SIGNATURE_MAX = 512,       /**< bytes of the longest signature up to SPDM 1.3 */
	TSPDM_OPAQUE_MAX = 1024,         /**< OpaqueDataLength */
	TSPDM_CONTEXT_LEN = 8,           /**< RequesterContext, 1.3 and later */
	TSPDM_MIN_DATA_TRANSFER_SIZE = 42,
	TSPDM_VENDOR_ID_MAX = 255,       /**< what the length byte allows; the registry's longest is 9 */
	TSPDM_CHAIN_MAX = 65535,         /**< a certificate chain before 1.4 */
	TSPDM_MEASUREMENT_ALL = 0xFF,    /**< GET_MEASUREMENTS Param2 */
	TSPDM_MEASUREMENT_COUNT = 0x00,  /**< GET_MEASUREMENTS Param2 */
	TSPDM_INDEX_MANIFEST = 0xFD,     /**< measurement manifest; here: the TEE's raw evidence */
	TSPDM_INDEX_DEVICE_MODE = 0xFE,
};

/** RequestResponseCode, DSP0274 "SPDM request codes" and "SPDM response codes". */
enum tspdm_code {
	TSPDM_DIGESTS = 0x01,
	TSPDM_CERTIFICATE = 0x02,
	TSPDM_CHALLENGE_AUTH = 0x03,
	TSPDM_VERSION = 0x04,
	TSPDM_CHUNK_SEND_ACK = 0x05,
	TSPDM_CHUNK_RESPONSE = 0x06,
	TSPDM_ENDPOINT_INFO = 0x07,
	TSPDM_SLOT_MANAGEMENT_RESP = 0x08,
	TSPDM_MEASUREMENTS = 0x60,
	TSPDM_CAPABILITIES = 0x61,
	TSPDM_SUPPORTED_EVENT_TYPES = 0x62,
	TSPDM_ALGORITHMS = 0x63,
	TSPDM_KEY_EXCHANGE_RSP = 0x64,
	TSPDM_FINISH_RSP = 0x65,
	TSPDM_PSK_EXCHANGE_RSP = 0x66,
	TSPDM_PSK_FINISH_RSP = 0x67,
	TSPDM_HEARTBEAT_ACK = 0x68,
	TSPDM_KEY_UPDATE_ACK = 0x69,
	TSPDM_ENCAPSULATED_REQUEST = 0x6A,
	TSPDM_ENCAPSULATED_RESPONSE_ACK = 0x6B,
	TSPDM_END_SESSION_ACK = 0x6C,
	TSPDM_CSR = 0x6D,
	TSPDM_SET_CERTIFICATE_RSP = 0x6E,
	TSPDM_MEASUREMENT_EXTENSION_LOG = 0x6F,
	TSPDM_SUBSCRIBE_EVENT_TYPES_ACK = 0x70,
	TSPDM_EVENT_ACK = 0x71,
	TSPDM_KEY_PAIR_INFO = 0x7C,
	TSPDM_SET_KEY_PAIR_INFO_ACK = 0x7D,
	TSPDM_VENDOR_DEFINED_RESPONSE = 0x7E,
	TSPDM_ERROR = 0x7F,
	TSPDM_GET_DIGESTS = 0x81,
	TSPDM_GET_CERTIFICATE = 0x82,
	TSPDM_CHALLENGE = 0x83,
	TSPDM_GET_VERSION = 0x84,
	TSPDM_CHUNK_SEND = 0x85,
	TSPDM_CHUNK_GET = 0x86,
	TSPDM_GET_ENDPOINT_INFO = 0x87,
	TSPDM_SLOT_MANAGEMENT = 0x88,
	TSPDM_GET_MEASUREMENTS = 0xE0,
	TSPDM_GET_CAPABILITIES = 0xE1,
	TSPDM_GET_SUPPORTED_EVENT_TYPES = 0xE2,
	TSPDM_NEGOTIATE_ALGORITHMS = 0xE3,
	TSPDM_KEY_EXCHANGE = 0xE4,
	TSPDM_FINISH = 0xE5,
	TSPDM_PSK_EXCHANGE = 0xE6,
	TSPDM_PSK_FINISH = 0xE7,
	TSPDM_HEARTBEAT = 0xE8,
	TSPDM_KEY_UPDATE = 0xE9,
	TSPDM_GET_ENCAPSULATED_REQUEST = 0xEA,
	TSPDM_DELIVER_ENCAPSULATED_RESPONSE = 0xEB,
	TSPDM_END_SESSION = 0xEC,
	TSPDM_GET_CSR = 0xED,
	TSPDM_SET_CERTIFICATE = 0xEE,
	TSPDM_GET_MEASUREMENT_EXTENSION_LOG = 0xEF,
	TSPDM_SUBSCRIBE_EVENT_TYPES = 0xF0,
	TSPDM_SEND_EVENT = 0xF1,
	TSPDM_GET_KEY_PAIR_INFO = 0xFC,
	TSPDM_SET_KEY_PAIR_INFO = 0xFD,
	TSPDM_VENDOR_DEFINED_REQUEST = 0xFE,
	TSPDM_RESPOND_IF_READY = 0xFF,
};

/** @returns the standard's name of a message code, as "GET_VERSION"; "reserved" for a code that has none */
TSPDM_API const char *tspdm_code_name(uint8_t code);

/** ErrorCode, DSP0274 "Error code and error data". */
enum tspdm_error_code {
	TSPDM_ERROR_INVALID_REQUEST = 0x01,
	TSPDM_ERROR_INVALID_SESSION = 0x02, /**< 1.1 only */
	TSPDM_ERROR_BUSY = 0x03,
	TSPDM_ERROR_UNEXPECTED_REQUEST = 0x04,
	TSPDM_ERROR_UNSPECIFIED = 0x05,
	TSPDM_ERROR_DECRYPT_ERROR = 0x06,
	TSPDM_ERROR_UNSUPPORTED_REQUEST = 0x07, /**< Param2: the request's code */
	TSPDM_ERROR_REQUEST_IN_FLIGHT = 0x08,
	TSPDM_ERROR_INVALID_RESPONSE_CODE = 0x09,
	TSPDM_ERROR_SESSION_LIMIT_EXCEEDED = 0x0A,
	TSPDM_ERROR_SESSION_REQUIRED = 0x0B,
	TSPDM_ERROR_RESET_REQUIRED = 0x0C,
	TSPDM_ERROR_RESPONSE_TOO_LARGE = 0x0D, /**< extended data: the actual size, u32 */
	TSPDM_ERROR_REQUEST_TOO_LARGE = 0x0E,
	TSPDM_ERROR_LARGE_RESPONSE = 0x0F,
	TSPDM_ERROR_MESSAGE_LOST = 0x10,
	TSPDM_ERROR_INVALID_POLICY = 0x11,
	TSPDM_ERROR_DATA_TOO_LARGE = 0x12,
	TSPDM_ERROR_VERSION_MISMATCH = 0x41,
	TSPDM_ERROR_RESPONSE_NOT_READY = 0x42,
	TSPDM_ERROR_REQUEST_RESYNCH = 0x43,
	TSPDM_ERROR_OPERATION_FAILED = 0x44,
	TSPDM_ERROR_NO_PENDING_REQUESTS = 0x45,
	TSPDM_ERROR_REQUEST_SESSION_TERMINATED = 0x46,
	TSPDM_ERROR_INVALID_STATE = 0x47,
	TSPDM_ERROR_VENDOR_DEFINED = 0xFF,
};

/** @returns the standard's name of an error code, as "UnexpectedRequest"; "reserved" for a code that has none */
TSPDM_API const char *tspdm_error_code_name(uint8_t code);

/** Capability flags, DSP0274 "Flag fields definitions". Fields of two bits have a mask and their values. */
enum tspdm_capability {
	TSPDM_CAP_CACHE = 1 << 0,
	TSPDM_CAP_CERT = 1 << 1,
	TSPDM_CAP_CHAL = 1 << 2,
	TSPDM_CAP_MEAS_MASK = 3 << 3,
	TSPDM_CAP_MEAS_NO_SIG = 1 << 3,
	TSPDM_CAP_MEAS_SIG = 2 << 3,
	TSPDM_CAP_MEAS_FRESH = 1 << 5,
	TSPDM_CAP_ENCRYPT = 1 << 6,
	TSPDM_CAP_MAC = 1 << 7,
	TSPDM_CAP_MUT_AUTH = 1 << 8,
	TSPDM_CAP_KEY_EX = 1 << 9,
	TSPDM_CAP_PSK_MASK = 3 << 10,
	TSPDM_CAP_PSK = 1 << 10,
	TSPDM_CAP_PSK_WITH_CONTEXT = 2 << 10,
	TSPDM_CAP_ENCAP = 1 << 12,
	TSPDM_CAP_HBEAT = 1 << 13,
	TSPDM_CAP_KEY_UPD = 1 << 14,
	TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR = 1 << 15,
	TSPDM_CAP_PUB_KEY_ID = 1 << 16,
	TSPDM_CAP_CHUNK = 1 << 17,
	TSPDM_CAP_ALIAS_CERT = 1 << 18,
	TSPDM_CAP_SET_CERT = 1 << 19,
	TSPDM_CAP_CSR = 1 << 20,
	TSPDM_CAP_CERT_INSTALL_RESET = 1 << 21,
	TSPDM_CAP_EP_INFO_MASK = 3 << 22,
	TSPDM_CAP_EP_INFO_NO_SIG = 1 << 22,
	TSPDM_CAP_EP_INFO_SIG = 2 << 22,
	TSPDM_CAP_MEL = 1 << 24,
	TSPDM_CAP_EVENT = 1 << 25,
	TSPDM_CAP_MULTI_KEY_MASK = 3 << 26,
	TSPDM_CAP_MULTI_KEY_ONLY = 1 << 26,
	TSPDM_CAP_MULTI_KEY_NEGOTIABLE = 2 << 26,
	TSPDM_CAP_GET_KEY_PAIR_INFO = 1 << 28,
	TSPDM_CAP_SET_KEY_PAIR_INFO = 1 << 29,
	TSPDM_CAP_SET_KEY_PAIR_RESET = 1 << 30,
};
#define TSPDM_CAP_LARGE_RESP UINT32_C(0x80000000)

/** One row of the table of capability names, for programs: `name` is the standard's without "_CAP", a value of a
 * two-bit field has a name of its own (MEAS_NO_SIG, MEAS_SIG, PSK, PSK_WITH_CONTEXT …). */
struct tspdm_capability_name {
	const char *name;
	uint32_t mask;  /**< the bits that the row speaks of */
	uint32_t value; /**< their value */
};

/** @returns row `i` of the table, NULL behind the last */
TSPDM_API const struct tspdm_capability_name *tspdm_capability_row(unsigned i);

/** BaseAsymAlgo, BaseAsymSel, ReqBaseAsymAlg. */
enum tspdm_asym {
	TSPDM_ASYM_RSASSA_2048 = 1 << 0,
	TSPDM_ASYM_RSAPSS_2048 = 1 << 1,
	TSPDM_ASYM_RSASSA_3072 = 1 << 2,
	TSPDM_ASYM_RSAPSS_3072 = 1 << 3,
	TSPDM_ASYM_ECDSA_P256 = 1 << 4,
	TSPDM_ASYM_RSASSA_4096 = 1 << 5,
	TSPDM_ASYM_RSAPSS_4096 = 1 << 6,
	TSPDM_ASYM_ECDSA_P384 = 1 << 7,
	TSPDM_ASYM_ECDSA_P521 = 1 << 8,
	TSPDM_ASYM_SM2 = 1 << 9,
	TSPDM_ASYM_ED25519 = 1 << 10,
	TSPDM_ASYM_ED448 = 1 << 11,
};

/** BaseHashAlgo, BaseHashSel. */
enum tspdm_hash_algorithm {
	TSPDM_HASH_SHA256 = 1 << 0,
	TSPDM_HASH_SHA384 = 1 << 1,
	TSPDM_HASH_SHA512 = 1 << 2,
	TSPDM_HASH_SHA3_256 = 1 << 3,
	TSPDM_HASH_SHA3_384 = 1 << 4,
	TSPDM_HASH_SHA3_512 = 1 << 5,
	TSPDM_HASH_SM3 = 1 << 6,
};

/** MeasurementHashAlgo: bit 0 is "raw bit stream only", the hashes are those of BaseHashAlgo moved up by one. */
#define TSPDM_MEASUREMENT_HASH_RAW_ONLY 1U
#define TSPDM_MEASUREMENT_HASH(base_hash) ((uint32_t)(base_hash) << 1)

enum tspdm_dhe {
	TSPDM_DHE_FFDHE2048 = 1 << 0,
	TSPDM_DHE_FFDHE3072 = 1 << 1,
	TSPDM_DHE_FFDHE4096 = 1 << 2,
	TSPDM_DHE_SECP256R1 = 1 << 3,
	TSPDM_DHE_SECP384R1 = 1 << 4,
	TSPDM_DHE_SECP521R1 = 1 << 5,
	TSPDM_DHE_SM2_P256 = 1 << 6,
};

enum tspdm_aead {
	TSPDM_AEAD_AES_128_GCM = 1 << 0,
	TSPDM_AEAD_AES_256_GCM = 1 << 1,
	TSPDM_AEAD_CHACHA20_POLY1305 = 1 << 2,
	TSPDM_AEAD_SM4_GCM = 1 << 3,
};

#define TSPDM_KEY_SCHEDULE_SPDM 1U
#define TSPDM_MEASUREMENT_SPEC_DMTF 1U
#define TSPDM_OPAQUE_FORMAT_0 1U
#define TSPDM_OPAQUE_FORMAT_1 2U

enum tspdm_algorithm_kind {
	TSPDM_KIND_ASYM,
	TSPDM_KIND_HASH,
	TSPDM_KIND_MEASUREMENT_HASH,
	TSPDM_KIND_DHE,
	TSPDM_KIND_AEAD,
	TSPDM_KIND_KEY_SCHEDULE,
};

/** One row of the algorithm registry, DSP0274 "NEGOTIATE_ALGORITHMS request". */
struct tspdm_algorithm {
	uint8_t kind;      /**< enum tspdm_algorithm_kind */
	uint8_t since;     /**< first SPDM version that has it, enum tspdm_version */
	uint16_t rank;     /**< preference where both sides have several; higher is better */
	uint32_t bit;      /**< its bit in the mask of its kind */
	uint16_t size;     /**< bytes: signature, digest, DHE public value, AEAD key */
	uint16_t strength; /**< bits: RSA modulus, curve; else 0 */
	const char *name;  /**< as programs take it: "ecdsa-p384", "sha384", "secp384r1", "aes-256-gcm" */
};

/** @returns row `i` of the registry, NULL behind the last */
TSPDM_API const struct tspdm_algorithm *tspdm_algorithm_row(unsigned i);

/** @param bit  exactly one bit
 * @returns the row, NULL where the kind has no such algorithm or `bit` is not one bit */
TSPDM_API const struct tspdm_algorithm *tspdm_algorithm_by_bit(enum tspdm_algorithm_kind kind, uint32_t bit);

/** @returns the row with this name, NULL where there is none */
TSPDM_API const struct tspdm_algorithm *tspdm_algorithm_by_name(enum tspdm_algorithm_kind kind, const char *name);

/** @returns the row's size in bytes; 0 for a bit that is none */
TSPDM_API size_t tspdm_algorithm_size(enum tspdm_algorithm_kind kind, uint32_t bit);

/** DMTFSpecMeasurementValueType, bits 6:0; bit 7 set means raw bit stream. */
enum tspdm_measurement_type {
	TSPDM_MEASUREMENT_ROM = 0x00,
	TSPDM_MEASUREMENT_FIRMWARE = 0x01,
	TSPDM_MEASUREMENT_HARDWARE_CONFIG = 0x02,
	TSPDM_MEASUREMENT_FIRMWARE_CONFIG = 0x03,
	TSPDM_MEASUREMENT_MANIFEST = 0x04,
	TSPDM_MEASUREMENT_DEVICE_MODE = 0x05,
	TSPDM_MEASUREMENT_VERSION = 0x06,
	TSPDM_MEASUREMENT_SVN = 0x07,
	TSPDM_MEASUREMENT_HEM = 0x08,
	TSPDM_MEASUREMENT_INFORMATIONAL = 0x09,
	TSPDM_MEASUREMENT_STRUCTURED_MANIFEST = 0x0A,
	TSPDM_MEASUREMENT_RAW = 0x80, /**< flag, on top of a type */
};

/** @returns a name for a measurement type as on the wire (bit 7 is ignored), as "mutable firmware" */
TSPDM_API const char *tspdm_measurement_type_name(uint8_t type);

/** How far a connection has come, DSP0274 "SPDM connection" states. */
enum tspdm_phase {
	TSPDM_PHASE_NOT_STARTED,
	TSPDM_PHASE_AFTER_VERSION,
	TSPDM_PHASE_AFTER_CAPABILITIES,
	TSPDM_PHASE_NEGOTIATED,
};

/** MeasurementSummaryHashType. */
enum tspdm_summary {
	TSPDM_SUMMARY_NONE = 0x00,
	TSPDM_SUMMARY_TCB = 0x01,
	TSPDM_SUMMARY_ALL = 0xFF,
};

#ifdef __cplusplus
}
#endif
#endif
