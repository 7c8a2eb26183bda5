#ifndef LIBVIRT_ASIO_TEST_SUPPORT_SANITIZER_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_SANITIZER_HPP

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LIBVIRT_ASIO_TEST_IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LIBVIRT_ASIO_TEST_IS_SANITIZED true
#endif
#endif

#ifndef LIBVIRT_ASIO_TEST_IS_SANITIZED
#define LIBVIRT_ASIO_TEST_IS_SANITIZED false
#endif

namespace test_support {

/// Whether a sanitizer is at work: it takes time, keeps memory of its own and what has been freed, and has
/// functions in the place of the C library's.
inline constexpr bool is_sanitized = LIBVIRT_ASIO_TEST_IS_SANITIZED;

/// How many times longer something may take then.
inline constexpr int slowness = is_sanitized ? 10 : 1;

}  // namespace test_support

#endif
