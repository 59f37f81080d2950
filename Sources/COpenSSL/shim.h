#pragma once
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

// What Swift cannot say: OpenSSL's macros with arguments and its typed stacks, and a BIO of our own.

static inline int copenssl_gcm_set_tag(EVP_CIPHER_CTX *context, int length, void *tag) {
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, length, tag);
}

static inline int copenssl_gcm_get_tag(EVP_CIPHER_CTX *context, int length, void *tag) {
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, length, tag);
}

static inline int copenssl_public_key(EVP_PKEY_CTX *context, EVP_PKEY **key, OSSL_PARAM *params) {
  return EVP_PKEY_fromdata(context, key, EVP_PKEY_PUBLIC_KEY, params);
}

// MARK: Certificates

static inline void copenssl_free(void *memory) { OPENSSL_free(memory); }

static inline void copenssl_wipe_free(void *memory, size_t count) {
  OPENSSL_secure_clear_free(memory, count);
}

// Seconds since 1970; 0 when the time cannot be read.
static inline int64_t copenssl_seconds(const ASN1_TIME *time) {
  ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
  int days = 0, seconds = 0;
  int ok = epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time);
  ASN1_TIME_free(epoch);
  return ok ? (int64_t)days * 86400 + seconds : 0;
}

static inline GENERAL_NAMES *copenssl_alternative_names(const X509 *certificate) {
  return X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline int copenssl_name_count(const GENERAL_NAMES *names) {
  return sk_GENERAL_NAME_num(names);
}

// The type of the name, GEN_DNS or GEN_URI, with its bytes; -1 for other types.
static inline int copenssl_name(
    const GENERAL_NAMES *names, int index, const unsigned char **bytes, int *count) {
  const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
  if (name->type != GEN_DNS && name->type != GEN_URI) return -1;
  const ASN1_STRING *text = name->type == GEN_DNS ? name->d.dNSName : name->d.uniformResourceIdentifier;
  *bytes = ASN1_STRING_get0_data(text);
  *count = ASN1_STRING_length(text);
  return name->type;
}

// A name as RFC 4514 writes it, with UTF-8 as it is.
static inline int copenssl_print_name(BIO *into, const X509_NAME *name) {
  unsigned long flags = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;
  return X509_NAME_print_ex(into, name, 0, flags);
}

// An authority above the issuer need not have a revocation list.
static inline int copenssl_verified(int ok, X509_STORE_CTX *context) {
  if (!ok && X509_STORE_CTX_get_error(context) == X509_V_ERR_UNABLE_TO_GET_CRL &&
      X509_STORE_CTX_get_error_depth(context) > 0) {
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
  }
  return ok;
}
static inline void copenssl_set_lenient_lists(X509_STORE *store) {
  X509_STORE_set_verify_cb(store, copenssl_verified);
}

static inline STACK_OF(X509) *copenssl_chain_new(void) { return sk_X509_new_null(); }
static inline int copenssl_chain_count(const STACK_OF(X509) *chain) {
  return chain == NULL ? 0 : sk_X509_num(chain);
}
static inline X509 *copenssl_chain_get(const STACK_OF(X509) *chain, int index) {
  return sk_X509_value(chain, index);
}
// The chain does not own its certificates.
static inline int copenssl_chain_push(STACK_OF(X509) *chain, X509 *certificate) {
  return sk_X509_push(chain, certificate);
}
static inline void copenssl_chain_free(STACK_OF(X509) *chain) { sk_X509_free(chain); }

static inline STACK_OF(X509_NAME) *copenssl_names_new(void) { return sk_X509_NAME_new_null(); }
// Takes the name over.
static inline int copenssl_names_push(STACK_OF(X509_NAME) *names, X509_NAME *name) {
  return sk_X509_NAME_push(names, name);
}

// MARK: Contexts

static inline int copenssl_set_min_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_min_proto_version(context, version);
}
static inline int copenssl_add_chain(SSL_CTX *context, X509 *certificate) {
  return SSL_CTX_add1_chain_cert(context, certificate);
}
// Options that both sides want; as constants they are beyond Swift's importer.
static inline void copenssl_set_options(SSL_CTX *context) {
  SSL_CTX_set_options(
      context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                   SSL_OP_PRIORITIZE_CHACHA);
}
static inline int copenssl_set_groups(SSL_CTX *context, const char *names) {
  return SSL_CTX_set1_groups_list(context, names);
}
static inline void copenssl_set_mode(SSL_CTX *context, long mode) { SSL_CTX_set_mode(context, mode); }
static inline void copenssl_cache_nothing(SSL_CTX *context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}
static inline void copenssl_set_max_chain(SSL_CTX *context, long bytes) {
  SSL_CTX_set_max_cert_list(context, bytes);
}
static inline int copenssl_set_server_name(SSL *ssl, const char *name) {
  return (int)SSL_set_tlsext_host_name(ssl, name);
}

// Prepares the code that protects a session ticket: HMAC with SHA-256.
static inline int copenssl_ticket_code(EVP_MAC_CTX *code, const unsigned char *key, size_t count) {
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (unsigned char *)key, count),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "sha256", 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_CTX_set_params(code, parameters);
}

// MARK: A BIO over memory that a caller lends for the time of one call

typedef struct {
  const unsigned char *input;
  size_t input_count;
  unsigned char *output;
  size_t output_room;
  size_t output_count;
  // KeyUpdate messages that have come: each has new keys derived, and carries nothing.
  size_t key_updates;
} copenssl_window;

static inline void copenssl_count_message(
    int is_sent, int version, int type, const void *bytes, size_t count, SSL *ssl, void *window) {
  (void)version, (void)ssl;
  if (!is_sent && type == SSL3_RT_HANDSHAKE && count > 0 &&
      *(const unsigned char *)bytes == SSL3_MT_KEY_UPDATE)
    ((copenssl_window *)window)->key_updates++;
}

static inline int copenssl_window_read(BIO *bio, char *into, size_t room, size_t *count) {
  copenssl_window *window = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  *count = room < window->input_count ? room : window->input_count;
  if (*count == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  memcpy(into, window->input, *count);
  window->input += *count;
  window->input_count -= *count;
  return 1;
}

static inline int copenssl_window_write(BIO *bio, const char *from, size_t size, size_t *count) {
  copenssl_window *window = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  size_t room = window->output_room - window->output_count;
  *count = size < room ? size : room;
  if (*count == 0) {
    BIO_set_retry_write(bio);
    return 0;
  }
  memcpy(window->output + window->output_count, from, *count);
  window->output_count += *count;
  return 1;
}

static inline long copenssl_window_control(BIO *bio, int command, long number, void *pointer) {
  (void)bio, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH;
}

static inline int copenssl_window_create(BIO *bio) {
  BIO_set_init(bio, 1);
  return 1;
}

static inline BIO_METHOD *copenssl_window_method(void) {
  BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "window");
  if (method == NULL) return NULL;
  BIO_meth_set_read_ex(method, copenssl_window_read);
  BIO_meth_set_write_ex(method, copenssl_window_write);
  BIO_meth_set_ctrl(method, copenssl_window_control);
  BIO_meth_set_create(method, copenssl_window_create);
  return method;
}

// Gives the session a BIO of the window in both directions; the session frees it.
static inline int copenssl_set_window(SSL *ssl, BIO_METHOD *method, copenssl_window *window) {
  BIO *bio = BIO_new(method);
  if (bio == NULL) return 0;
  BIO_set_data(bio, window);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_msg_callback(ssl, copenssl_count_message);
  SSL_set_msg_callback_arg(ssl, window);
  return 1;
}
