#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_SESSION_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_SESSION_HPP

#include "support/echo_guest.hpp"
#include "support/storage_pool.hpp"
#include "support/temporary_folder.hpp"
#include "unit/support/counter.hpp"

#include "fixture/hypervisor.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace asio_rules {

namespace asio = boost::asio;
using libvirt_asio::error_code;

/// What costs time to make, and all sessions of a process share.
class shared_parts {
 public:
  static shared_parts& instance();
  static void end();

  /// A guest that never prints anything, as it is not let run; it reads no more of its console than it has
  /// room for.
  test_support::echo_guest guest;
  static constexpr char const* pool_name = "rules";
  test_support::temporary_folder pool_folder;
  test_support::temporary_folder files;
  test_support::storage_pool pool;

  /// A volume of 1,000 bytes that is only read.
  std::string const source = "source";
  std::string uri_of_nobody() const;

  /// Another console or channel of the guest each time, as the daemon may still be aborting the stream of the one
  /// before.
  /**
   * Who opens the same one by force meanwhile deadlocks libvirtd: virChrdevOpen and virStreamAbort take its two locks
   * in opposite orders.
   */
  libvirt_asio::console_options next_console();
  libvirt_asio::console_options next_channel();

 private:
  shared_parts();

  int consoles_ = 0;
  int channels_ = 0;
  int nobody_ = -1;
};

/// A function for a worker thread, which waits there until it is let go.
class held_up {
 public:
  void operator()() const {
    ++*entered_;
    gate_->pass();
  }

  void let_go() const { gate_->open(); }
  [[nodiscard]] int entered() const { return entered_->count(); }

 private:
  // Shared: it runs on when the session that has started it is gone.
  std::shared_ptr<unit::counter> entered_ = std::make_shared<unit::counter>();
  std::shared_ptr<unit::gate> gate_ = std::make_shared<unit::gate>();
};

/// Where libvirt's event loop runs: with the operations, or on a context of its own, so that nothing but the
/// operations keeps theirs alive.
enum class loop_runs { with_operations, apart };

/// What the executor of connections and streams is.
enum class executor_is { context, strand };

/// What a volume's stream is made of.
enum class sections { data_only, sparse };

/// Everything that an operation is started on. Each part can be destroyed by itself.
class session {
 public:
  explicit session(loop_runs where = loop_runs::with_operations, executor_is executor = executor_is::context);
  ~session();
  session(session const&) = delete;
  session& operator=(session const&) = delete;

  fixture::hypervisor& host = fixture::hypervisor::instance();
  shared_parts& parts = shared_parts::instance();

  std::optional<asio::io_context> loop_context;
  std::optional<asio::io_context> context;
  std::optional<libvirt_asio::event_loop> loop;
  /// Open from the beginning.
  std::optional<libvirt_asio::connection> connection;
  /// Not open.
  std::optional<libvirt_asio::connection> other_connection;
  /// Its connection is not open from the beginning.
  std::optional<libvirt_asio::connector> connector;
  int failed_attempts = 0;
  bool asks_for_another_connection = false;
  /// Not open from the beginning.
  std::optional<libvirt_asio::stream> stream;
  std::optional<libvirt_asio::stream> blocker;
  /// Not subscribed from the beginning.
  std::optional<libvirt_asio::events<libvirt_asio::storage_pool_refresh_event>> refreshes;

  libvirt_asio::domain domain;
  libvirt_asio::storage_vol source;
  libvirt_asio::storage_vol target;

  held_up held;
  /// What `connection::async_open` connects to.
  std::string uri = host.uri();
  /// More than libvirt sends without a worker thread; the first bytes are also what is read into.
  std::vector<char> bytes = std::vector<char>(100'000);
  /// Sources of whole streams end after as many bytes.
  static constexpr std::uint64_t short_source = 1'000;
  std::uint64_t source_length = short_source;
  std::uint64_t hole_length = 4'096;

  // --- Bringing it into a state ---

  void open_console();
  void open_download(sections of = sections::data_only);
  void open_upload(sections of = sections::data_only);
  void make_connector(std::string uri, std::chrono::steady_clock::duration delay = std::chrono::hours(1));
  void open_by_connector();
  void subscribe();
  /// Has a few of the events come that are subscribed to.
  void cause_events();
  void find_domain();
  void find_source();
  /// For functions that outlive the session.
  [[nodiscard]] std::shared_ptr<libvirt_asio::storage_vol> share_source() const;
  /// Makes another volume each time: the daemon may still be busy with the one before.
  void make_target();
  /// Has every worker thread of the connection wait until `release()`.
  void occupy_workers();
  /// Starts a call that waits until `release()`.
  void start_held_call();
  /// The daemon takes hardly a byte more, until `release()`: sending anything longer blocks.
  /**
   * Not by a console that nobody reads: libvirtd 9.0 may crash when a client hangs up while much of what it
   * has sent waits in the daemon.
   */
  void stop_daemon_from_taking();
  /// Whether some of a packet is on its way to a daemon that takes no more.
  [[nodiscard]] bool waits_for_daemon_to_take() const;
  /// The daemon takes no more, and another stream has begun to send, behind which those of this connection wait.
  void block_sending();
  /// The daemon answers no more, until `release()`.
  void freeze_daemon();
  /// Shuts down the socket of the connection.
  void lose_connection();
  void close_connection();
  /// Lets go of what waits for worker threads or the daemon.
  void release();

  /// As at the beginning, but with the same objects.
  void renew();

  std::string file(std::string const& name) const;

  // --- Running ---

  /// Runs the contexts until a condition holds.
  void run_until(std::function<bool()> const& condition);
  /// Runs what is ready to run.
  void poll();
  /// Runs the contexts until nothing is left to do.
  void run_out();
  /// Whether the operations' context, with libvirt's event loop apart, runs out of work.
  [[nodiscard]] bool run_returns();

 private:
  void open_connection();
  /// Finds one of libvirt's objects by a function on a worker thread.
  template <class Object, class Function>
  void look_up(Object& object, Function function);
  /// Those of the session's own connections.
  [[nodiscard]] std::vector<int> sockets() const;
  asio::io_context& context_of_loop() { return loop_context ? *loop_context : *context; }
  void end_gracefully();
  [[nodiscard]] bool ran_until(std::function<bool()> const& condition, std::chrono::seconds patience);
  bool run_briefly();

  std::map<std::string, int> sockets_before_;
  bool frozen_ = false;
  int targets_ = 0;
  // What is written to it may wait for ever, and a graceful close with it. Without one, the daemon is not
  // left in the middle of a call: libvirtd 9.0 may crash.
  bool has_console_ = false;
  std::string const files_prefix_;
};

}  // namespace asio_rules

#endif
