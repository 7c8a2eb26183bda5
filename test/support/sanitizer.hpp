#ifndef LIBVIRT_ASIO_TEST_SUPPORT_SANITIZER_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_SANITIZER_HPP

namespace test_support {

/// Whether a sanitizer is at work: it takes time, and keeps memory of its own and what has been freed.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif
#else
inline constexpr bool is_sanitized = false;
#endif

/// How many times longer something may take then.
inline constexpr int slowness = is_sanitized ? 10 : 1;

}  // namespace test_support

#endif
