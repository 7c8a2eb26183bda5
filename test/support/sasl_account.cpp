#include "sasl_account.hpp"

#include "process.hpp"
#include "programs.hpp"
#include "temporary_folder.hpp"

#include <fstream>

namespace test_support {

void make_sasl_folder(std::filesystem::path const& folder, sasl_account const& account, user_and_group const& owner) {
  std::filesystem::create_directory(folder);
  auto const accounts = (folder / "accounts.db").string();
  std::ofstream{folder / "libvirt.conf"} << "mech_list: scram-sha-256\n"
                                            "pwcheck_method: auxprop\n"
                                            "auxprop_plugin: sasldb\n"
                                            "sasldb_path: "
                                         << accounts << '\n';
  run_program({"sh", "-c", R"(printf %s "$1" | saslpasswd2 -c -p -f "$2" -a libvirt "$3")", "sh", account.password,
               accounts, account.name},
              folder / "log");
  for (auto const& path : {folder, std::filesystem::path(accounts)}) change_owner(path, owner);
}

std::vector<std::string> missing_for_sasl() {
  return missing_programs({"saslpasswd2"});
}

}  // namespace test_support
