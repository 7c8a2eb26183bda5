// What happens to real guests, as events of a connection. Run for each transport.

#include "fixture/console_session.hpp"

#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>

namespace {

namespace asio = boost::asio;
using namespace libvirt_asio;
using test_support::echo_guest;

using guest_sequence = events<
    std::variant<domain_lifecycle_event, domain_reboot_event, domain_device_added_event, domain_device_removed_event,
                 domain_block_job_2_event, domain_metadata_change_event, domain_balloon_change_event>>;

constexpr char const* channel = R"(<channel type='unix'><target type='virtio' name='org.libvirt-asio.added'/>
<alias name='ua-added'/></channel>)";

constexpr std::array names_of_guests{"paused", "reset", "stopped", "shut-down", "changed", "copied", "described"};

/// An event in words, after the name of the domain.
struct in_words {
  static std::string lifecycle(domain_lifecycle_event const& happened) {
    return "lifecycle " + std::to_string(happened.event) + ' ' + std::to_string(happened.detail);
  }

  std::string operator()(domain_lifecycle_event const& happened) const { return lifecycle(happened); }
  std::string operator()(domain_reboot_event const&) const { return "reboot"; }
  std::string operator()(domain_device_added_event const& happened) const { return "added " + happened.dev_alias; }
  std::string operator()(domain_device_removed_event const& happened) const { return "removed " + happened.dev_alias; }
  std::string operator()(domain_block_job_2_event const& happened) const {
    return "block job " + happened.dst + ' ' + std::to_string(happened.type) + ' ' + std::to_string(happened.status);
  }
  std::string operator()(domain_metadata_change_event const& happened) const {
    return "metadata " + std::to_string(happened.type) + ' ' + happened.nsuri;
  }
  std::string operator()(domain_balloon_change_event const& happened) const {
    return "balloon " + std::to_string(happened.actual);
  }
};

std::string words_of(guest_sequence::value_type const& happened) {
  return std::visit(
      [](auto const& each) { return virDomainGetName(each.dom.get()) + (": " + in_words()(each)); }, happened);
}

/// Asks the QEMU of a guest to end, upon which that shuts the guest down.
void ask_to_end(std::string const& guest) {
  std::string const argument = "guest=" + guest + ",";
  for (auto const& each : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(each.path() / "cmdline");
    std::string const command(std::istreambuf_iterator<char>(file), {});
    if (command.find("qemu-system") != command.npos && command.find(argument) != command.npos)
      BOOST_TEST(::kill(std::stoi(each.path().filename()), SIGTERM) == 0);
  }
}

std::string lifecycle(int event, int detail) {
  return in_words::lifecycle({nullptr, event, detail});
}

struct guest_events_fixture {
  fixture::console_session& session = fixture::console_session::instance();
  connection& conn = session.connection;

  /// Takes events until each of those has come that are waited for.
  static asio::awaitable<void> wait_for_all(guest_sequence& sequence, std::set<std::string> expected) {
    while (!expected.empty()) {
      auto const happened = co_await sequence.async_next();
      expected.erase(words_of(happened));
    }
  }

  static asio::awaitable<void> wait_for(guest_sequence& sequence, std::string const& expected) {
    return wait_for_all(sequence, {expected});
  }

  asio::awaitable<void> call(int (*function)(virDomainPtr), echo_guest const& guest) {
    co_await conn.async_call([function, dom = guest.domain()](virConnectPtr) { return function(dom); });
  }

  /// A copy of the disk that is made while the guest goes on, and then given up.
  asio::awaitable<void> copy_disk(echo_guest const& guest, guest_sequence& sequence) {
    test_support::temporary_folder const folder;
    if (!session.host.is_embedded()) folder.give_to(test_support::ordinary_user());
    std::string const target = "<disk type='file'><driver type='raw'/><source file='" +
                               (folder.path() / "copy").string() + "'/></disk>";
    co_await conn.async_call([&](virConnectPtr) {
      return virDomainBlockCopy(guest.domain(), "hda", target.c_str(), nullptr, 0, VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB);
    });
    auto const job = guest.name() + ": block job hda " + std::to_string(VIR_DOMAIN_BLOCK_JOB_TYPE_COPY) + ' ';
    std::string const ready = job + std::to_string(VIR_DOMAIN_BLOCK_JOB_READY);
    co_await wait_for(sequence, ready);
    co_await conn.async_call([&](virConnectPtr) { return virDomainBlockJobAbort(guest.domain(), "hda", 0); });
    std::string const given_up = job + std::to_string(VIR_DOMAIN_BLOCK_JOB_CANCELED);
    co_await wait_for(sequence, given_up);
  }

  static std::set<std::string> what_they_tell() {
    return {
        "paused: " + lifecycle(VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_BOOTED),
        "paused: " + lifecycle(VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_UNPAUSED),
        "paused: " + lifecycle(VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED),
        "stopped: " + lifecycle(VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED),
        "shut-down: " + lifecycle(VIR_DOMAIN_EVENT_SHUTDOWN, VIR_DOMAIN_EVENT_SHUTDOWN_HOST),
        "shut-down: " + lifecycle(VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN),
        "reset: reboot",
        "changed: added ua-added",
        "changed: removed ua-added",
        "described: metadata " + std::to_string(VIR_DOMAIN_METADATA_ELEMENT) + " urn:a",
        "before: " + lifecycle(VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_RENAMED),
        "after: " + lifecycle(VIR_DOMAIN_EVENT_DEFINED, VIR_DOMAIN_EVENT_DEFINED_RENAMED),
    };
  }

  asio::awaitable<void> rename() {
    co_await conn.async_call([](virConnectPtr native) {
      domain const defined(virDomainDefineXML(native, R"(<domain type='qemu'><name>before</name>
<memory unit='MiB'>16</memory><os><type arch='x86_64' machine='pc'>hvm</type></os></domain>)"));
      if (!defined || virDomainRename(defined.get(), "after", 0) < 0) return -1;
      return virDomainUndefine(defined.get());
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(guest_events, guest_events_fixture)

BOOST_AUTO_TEST_CASE(each_of_many_guests_tells_of_its_own_with_the_right_fields) {
  session.run_only([&]() -> asio::awaitable<void> {
    guest_sequence sequence{conn};
    co_await sequence.async_subscribe();
    std::map<std::string, std::unique_ptr<echo_guest>> guests;
    for (char const* const name : names_of_guests) {
      auto guest = co_await session.start_guest(name);
      guests.emplace(name, std::move(guest));
    }

    co_await call(&virDomainResume, *guests["paused"]);
    co_await call(&virDomainSuspend, *guests["paused"]);
    co_await call(&virDomainDestroy, *guests["stopped"]);
    ask_to_end("shut-down");
    co_await conn.async_call([&](virConnectPtr) { return virDomainReset(guests["reset"]->domain(), 0); });
    co_await conn.async_call(
        [&](virConnectPtr) { return virDomainAttachDevice(guests["changed"]->domain(), channel); });
    co_await conn.async_call(
        [&](virConnectPtr) { return virDomainDetachDeviceAlias(guests["changed"]->domain(), "ua-added", 0); });
    co_await conn.async_call([&](virConnectPtr) {
      return virDomainSetMetadata(guests["described"]->domain(), VIR_DOMAIN_METADATA_ELEMENT, "<a xmlns='urn:a'/>", "a",
                                  "urn:a", VIR_DOMAIN_AFFECT_LIVE);
    });
    co_await rename();
    co_await wait_for_all(sequence, what_they_tell());
    co_await copy_disk(*guests["copied"], sequence);
    for (auto& [name, guest] : guests) co_await session.destroy(std::move(guest));
  });
}

BOOST_AUTO_TEST_CASE(one_guests_sequence_tells_of_no_other) {
  session.run_only([&]() -> asio::awaitable<void> {
    auto guest = co_await session.start_guest("lone");
    auto other = co_await session.start_guest("other");
    guest_sequence sequence{conn};
    co_await sequence.async_subscribe(guest->domain());
    co_await call(&virDomainResume, *other);
    co_await call(&virDomainResume, *guest);
    co_await call(&virDomainSuspend, *guest);
    auto const resumed = co_await sequence.async_next();
    BOOST_TEST(words_of(resumed) == "lone: " + lifecycle(VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_UNPAUSED));
    auto const suspended = co_await sequence.async_next();
    BOOST_TEST(words_of(suspended) ==
               "lone: " + lifecycle(VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED));
    co_await session.destroy(std::move(other));
    co_await session.destroy(std::move(guest));
  });
}

BOOST_AUTO_TEST_CASE(sequences_come_and_go_while_a_guest_starts_and_stops) {
  session.run_only([&]() -> asio::awaitable<void> {
    auto guest = co_await session.start_guest("busy");
    guest_sequence always{conn};
    co_await always.async_subscribe(guest->domain());
    for (int i = 0; i != 50; ++i) {
      events<domain_lifecycle_event> sometimes{conn};
      co_await sometimes.async_subscribe();
      co_await call(i % 2 == 0 ? &virDomainResume : &virDomainSuspend, *guest);
      int const expected = i % 2 == 0 ? VIR_DOMAIN_EVENT_RESUMED : VIR_DOMAIN_EVENT_SUSPENDED;
      auto const once = co_await sometimes.async_next();
      BOOST_TEST(once.event == expected);
      auto const again = co_await always.async_next();
      BOOST_TEST(std::get<domain_lifecycle_event>(again).event == expected);
    }
    co_await session.destroy(std::move(guest));
  });
}

BOOST_AUTO_TEST_SUITE_END()
