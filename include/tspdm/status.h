/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * How functions end. 0 is success, positive values mean "not yet", negative values are failures in ranges of a hundred,
 * one range for each class that a caller may want to react to. Values never change once released.
 *
 *	enum tspdm_status status = tspdm_requester_connect(requester);
 *	if (status != TSPDM_OK)
 *		fprintf(stderr, "%s\n", tspdm_status_text(status));
 */
#ifndef TSPDM_STATUS_H
#define TSPDM_STATUS_H

#include <tspdm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One row for each status: name, value, text for a person. The enum, the names and the texts come from these rows. */
/* clang-format off */
#define TSPDM_STATUS_ROWS(X) \
	X(TSPDM_OK,                        0, "success") \
	X(TSPDM_AGAIN,                     1, "not ready yet; ask again later") \
	/* -100: the caller */ \
	X(TSPDM_ERR_ARGUMENT,           -100, "an argument is outside what the function documents") \
	X(TSPDM_ERR_STATE,              -101, "the object is not in a state that allows this call") \
	X(TSPDM_ERR_UNSUPPORTED,        -102, "not supported by this build, backend or configuration") \
	/* -200: resources and the system */ \
	X(TSPDM_ERR_BUFFER,             -200, "the caller's buffer is too small") \
	X(TSPDM_ERR_MEMORY,             -201, "out of memory") \
	X(TSPDM_ERR_RANDOM,             -202, "no random numbers to be had") \
	X(TSPDM_ERR_SYSTEM,             -203, "the operating system refused") \
	X(TSPDM_ERR_STORAGE,            -204, "what was to be kept for good could not be stored") \
	X(TSPDM_ERR_INTERRUPTED,        -205, "ended from outside before it was done") \
	/* -300: form; the bytes are not what the layout demands */ \
	X(TSPDM_ERR_TRUNCATED,          -300, "the message ends inside a field") \
	X(TSPDM_ERR_TRAILING,           -301, "bytes are left after the last field") \
	X(TSPDM_ERR_LENGTH,             -302, "a length or count field contradicts the rest of the message") \
	X(TSPDM_ERR_FIELD,              -303, "a field has a value that the standard does not allow") \
	X(TSPDM_ERR_CODE,               -304, "the message code is not the one this function reads") \
	/* -400: rules; well formed, but not allowed here */ \
	X(TSPDM_ERR_VERSION,            -400, "the message carries another SPDM version than the connection") \
	X(TSPDM_ERR_NO_COMMON_VERSION,  -401, "no SPDM version in common") \
	X(TSPDM_ERR_CAPABILITIES,       -402, "the capability flags or sizes contradict each other") \
	X(TSPDM_ERR_NO_COMMON_ALGORITHM,-403, "a needed kind of algorithm has nothing in common") \
	X(TSPDM_ERR_NOT_OFFERED,        -404, "the peer selected an algorithm that was not offered") \
	X(TSPDM_ERR_AMBIGUOUS,          -405, "the peer selected more than one algorithm of a kind") \
	X(TSPDM_ERR_UNEXPECTED,         -406, "no message is awaited, or its code answers another request") \
	X(TSPDM_ERR_ECHO,               -407, "a field that has to repeat the request's value does not") \
	X(TSPDM_ERR_SLOT,               -408, "the certificate slot is empty, or not the one asked for") \
	X(TSPDM_ERR_PORTION,            -409, "the portions of a long object do not fit together") \
	X(TSPDM_ERR_TOO_LARGE,          -410, "the message is larger than the receiver announced to take") \
	X(TSPDM_ERR_MEASUREMENT,        -411, "the measurement record breaks a rule: index, order, specification or count") \
	X(TSPDM_ERR_CAPABILITY_MISSING, -412, "the peer does not have the capability that this needs") \
	X(TSPDM_ERR_SESSION_REQUIRED,   -413, "the message is allowed in a session only") \
	X(TSPDM_ERR_SESSION_LIMIT,      -414, "there is no room for a further session") \
	X(TSPDM_ERR_DOWNGRADE,          -415, "the peer asks for less, or for another, authentication than configured") \
	X(TSPDM_ERR_ENDLESS,            -416, "the peer asks for more than any exchange of this kind can need") \
	X(TSPDM_ERR_NOT_ATTESTED,       -417, "the session is not attested yet: only evidence and upkeep pass") \
	X(TSPDM_ERR_IN_FLIGHT,          -420, "an encapsulated request waits for its response first") \
	X(TSPDM_ERR_NOTHING_PENDING,    -421, "there is no encapsulated request to be fetched") \
	X(TSPDM_ERR_RESPONSE_CODE,      -422, "the encapsulated response answers another request") \
	X(TSPDM_ERR_CHUNK_HANDLE,       -430, "the chunk belongs to another large message") \
	X(TSPDM_ERR_CHUNK_SEQUENCE,     -431, "the chunk is not the next one") \
	X(TSPDM_ERR_CHUNK_SIZE,         -432, "the chunk, or the large message, is smaller or larger than it may be") \
	X(TSPDM_ERR_CHUNK_BEYOND,       -433, "the chunks are more than the large message") \
	X(TSPDM_ERR_CHUNK_LAST_EARLY,   -434, "the last chunk comes before the end of the large message") \
	X(TSPDM_ERR_CHUNK_LAST_LATE,    -435, "the large message is complete, and its last chunk does not say so") \
	X(TSPDM_ERR_CHUNK_CONTENT,      -436, "the large message is one that may not be sent in chunks") \
	/* -500: the peer's word */ \
	X(TSPDM_ERR_PEER,               -500, "the peer answered with ERROR") \
	X(TSPDM_ERR_BUSY,               -501, "the peer stayed busy for longer than configured") \
	X(TSPDM_ERR_NOT_READY,          -502, "the peer's answer did not become ready within the time configured") \
	X(TSPDM_ERR_RESYNCH,            -503, "the peer demands a new start from GET_VERSION") \
	X(TSPDM_ERR_TIMEOUT,            -504, "no answer within the time allowed") \
	X(TSPDM_ERR_RESET_REQUIRED,     -505, "it takes effect after a reset of the device only") \
	/* -600: authentication and cryptography */ \
	X(TSPDM_ERR_CRYPTO,             -600, "the crypto backend failed") \
	X(TSPDM_ERR_SIGNATURE,          -601, "a signature does not verify") \
	X(TSPDM_ERR_MAC,                -602, "a MAC or verify-data does not verify") \
	X(TSPDM_ERR_DIGEST,             -603, "a digest is not that of the data") \
	X(TSPDM_ERR_KEY,                -604, "a public key is malformed, or not of the negotiated algorithm") \
	X(TSPDM_ERR_SESSION,            -605, "the record belongs to another session") \
	X(TSPDM_ERR_SEQUENCE,           -606, "the record's sequence number is not the next one") \
	X(TSPDM_ERR_SEQUENCE_LIMIT,     -607, "the key has protected as many records as it may") \
	X(TSPDM_ERR_SESSION_ENDED,      -608, "the session is no more") \
	X(TSPDM_ERR_PSK,                -609, "no pre-shared key is known by this hint") \
	X(TSPDM_ERR_CHAIN_FORM,         -610, "the certificate chain is malformed") \
	X(TSPDM_ERR_CHAIN_ROOT_HASH,    -611, "the chain's RootHash is not that of its root") \
	X(TSPDM_ERR_CHAIN_UNTRUSTED,    -612, "the chain ends in no trust anchor") \
	X(TSPDM_ERR_CHAIN_SIGNATURE,    -613, "a certificate is not signed by the one before it") \
	X(TSPDM_ERR_CHAIN_TIME,         -614, "a certificate is not yet, or no longer, valid") \
	X(TSPDM_ERR_CHAIN_USAGE,        -615, "a certificate may not be used this way (basicConstraints, keyUsage, EKU)") \
	X(TSPDM_ERR_CHAIN_EXTENSION,    -616, "a certificate has a critical extension that is not understood") \
	X(TSPDM_ERR_CHAIN_REVOKED,      -617, "a certificate is revoked") \
	/* -700: evidence; is it genuine, and is it about this peer, now */ \
	X(TSPDM_ERR_EVIDENCE_MISSING,   -700, "the peer shows no TEE evidence") \
	X(TSPDM_ERR_EVIDENCE_FORM,      -701, "the evidence is malformed, or of an unknown kind") \
	X(TSPDM_ERR_EVIDENCE_ANCHOR,    -702, "the evidence's root is not a pinned trust anchor") \
	X(TSPDM_ERR_EVIDENCE_CHAIN,     -703, "the evidence's certificate chain does not verify") \
	X(TSPDM_ERR_EVIDENCE_SIGNATURE, -704, "the evidence's signature does not verify") \
	X(TSPDM_ERR_EVIDENCE_TCB,       -705, "the endorsement key was made for another TCB than the report tells") \
	X(TSPDM_ERR_EVIDENCE_HWID,      -706, "the endorsement key belongs to another chip") \
	X(TSPDM_ERR_EVIDENCE_KEY,       -707, "the evidence is about another key than the peer's") \
	X(TSPDM_ERR_EVIDENCE_NONCE,     -708, "the evidence was not made for this exchange") \
	X(TSPDM_ERR_EVIDENCE_SOFT,      -709, "the evidence comes from the software TEE, which was not allowed") \
	X(TSPDM_ERR_EVIDENCE_UNSIGNED,  -710, "the report is not signed") \
	X(TSPDM_ERR_EVIDENCE_SOURCE,    -711, "the TEE did not produce evidence") \
	X(TSPDM_ERR_EVIDENCE_LOG,       -712, "the event log does not lead to the registers of the quote") \
	X(TSPDM_ERR_EVIDENCE_REFUSED,   -713, "the peer refuses evidence: to show it, or what it was shown") \
	/* -800: policy and collateral; genuine, but not wanted */ \
	X(TSPDM_ERR_POLICY,             -800, "the policy does not accept this") \
	X(TSPDM_ERR_POLICY_FORM,        -801, "the policy itself is in error") \
	X(TSPDM_ERR_COLLATERAL,         -802, "collateral is missing, malformed or out of date") \
	X(TSPDM_ERR_REVOKED,            -803, "collateral says that a certificate of the evidence is revoked") \
	X(TSPDM_ERR_TCB_STATUS,         -804, "collateral gives the TCB a status that is not accepted") \
	/* -900: transport */ \
	X(TSPDM_ERR_ENDPOINT,           -900, "the endpoint's URL cannot be understood") \
	X(TSPDM_ERR_CONNECT,            -901, "the connection could not be made") \
	X(TSPDM_ERR_CLOSED,             -902, "the peer closed the connection") \
	X(TSPDM_ERR_FRAME,              -903, "the transport's framing is broken") \
	X(TSPDM_ERR_FRAME_REFUSED,      -904, "the peer refused a frame with an error message of the transport") \
	X(TSPDM_ERR_IO,                 -905, "reading from or writing to the transport failed") \
	X(TSPDM_ERR_TLS,                -906, "TLS failed: its handshake, its protection, or the stream was cut off")
/* clang-format on */

#define TSPDM_STATUS_ENUM(name, value, text) name = (value),
enum tspdm_status { TSPDM_STATUS_ROWS(TSPDM_STATUS_ENUM) };
#undef TSPDM_STATUS_ENUM

/** What a caller can react to without knowing each status. */
enum tspdm_status_class {
	TSPDM_CLASS_SUCCESS,   /**< TSPDM_OK and "not yet" */
	TSPDM_CLASS_CALLER,    /**< -1xx: a mistake in the calling program */
	TSPDM_CLASS_RESOURCE,  /**< -2xx */
	TSPDM_CLASS_FORM,      /**< -3xx: the peer's message is malformed */
	TSPDM_CLASS_RULE,      /**< -4xx: the peer's message is not allowed here */
	TSPDM_CLASS_PEER,      /**< -5xx: the peer said no, or nothing */
	TSPDM_CLASS_CRYPTO,    /**< -6xx: authentication failed */
	TSPDM_CLASS_EVIDENCE,  /**< -7xx: evidence missing, not genuine or not bound */
	TSPDM_CLASS_POLICY,    /**< -8xx: genuine, refused by policy or collateral */
	TSPDM_CLASS_TRANSPORT, /**< -9xx */
};

/** @returns the class of a status; TSPDM_CLASS_CALLER for a number that is no status */
TSPDM_API enum tspdm_status_class tspdm_status_class(enum tspdm_status status);

/** @returns a constant sentence for a person, never NULL */
TSPDM_API const char *tspdm_status_text(enum tspdm_status status);

/** @returns the enumerator's name, as "TSPDM_ERR_TRUNCATED"; never NULL */
TSPDM_API const char *tspdm_status_name(enum tspdm_status status);

/** Hands a failure up unchanged. The one macro that hides control flow; where a function holds secrets it uses
 * `goto out` and wipes there instead. */
#define TSPDM_TRY(call)                               \
	do {                                          \
		enum tspdm_status tspdm_try_ = (call); \
		if (tspdm_try_ != TSPDM_OK)           \
			return tspdm_try_;            \
	} while (0)

#ifdef __cplusplus
}
#endif
#endif
