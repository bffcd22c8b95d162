/* Configurations as they are wanted, as switches of five kinds give them back, and with a fault: in the true layout, our own words. */
#ifndef TESTS_NORMAL_CONFIGS_H
#define TESTS_NORMAL_CONFIGS_H

struct config_case {
    const char *name, *form; /* `config:` of the platform file */
    const char *wanted, *found, *other, *diff;
};

static const struct config_case configs[] = {
    {.name = "Arista EOS",
     .form = "config:\n  blocks: indent\n  ignore: ['^!', '^end$', '^exit$']\n  ordered: ['^ip access-list "
             "', '^ip "
             "prefix-list ']\n"
             "  defaults: ['^no shutdown$', '^transceiver qsfp default-mode 4x10G$', '^spanning-tree mode "
             "mstp$']\n"
             "  secrets: ['^username \\S+ .*secret (?:sha512 |0 )?(\\S+)$', '^neighbor \\S+ password 7 "
             "(\\S+)$']\n",
     .wanted = "hostname tor-r1-03\n"
               "username ops privilege 15 secret sha512 $6$abcd$efgh1234\n"
               "interface Ethernet49/1\n"
               "  description to spine1\n"
               "  no shutdown\n"
               "  mtu 9214\n"
               "  no switchport\n"
               "  ip address 10.1.0.1/31\n"
               "interface Ethernet50/1\n"
               "  no switchport\n"
               "  ip address 10.1.0.3/31\n"
               "ip access-list MGMT\n"
               "  10 permit ip 10.0.0.0/8 any\n"
               "  20 deny ip any any log\n"
               "router bgp 65001\n"
               "  router-id 10.9.0.3\n"
               "  neighbor 10.1.0.0 remote-as 65100\n"
               "  neighbor 10.1.0.0 password 7 Zm9vYmFy\n"
               "  address-family ipv4\n"
               "    neighbor 10.1.0.0 activate\n",
     .found =
         "! Command: show running-config\n! device: tor-r1-03 (DCS-7050, EOS-4.30.1F)\n!\n"
         "transceiver qsfp default-mode 4x10G\n!\nhostname tor-r1-03\n!\nspanning-tree mode mstp\n!\n"
         "username ops privilege 15 secret sha512 $6$abcd$efgh1234\n!\n"
         "interface Ethernet49/1\n   description to spine1\n   mtu 9214\n   no switchport\n   ip address "
         "10.1.0.1/31\n!\n"
         "interface Ethernet50/1\n   no switchport\n   ip address 10.1.0.3/31\n!\n"
         "ip access-list MGMT\n   10 permit ip 10.0.0.0/8 any\n   20 deny ip any any log\n!\n"
         "router bgp 65001\n   router-id 10.9.0.3\n   neighbor 10.1.0.0 remote-as 65100\n"
         "   neighbor 10.1.0.0 password 7 Zm9vYmFy\n   !\n   address-family ipv4\n      neighbor 10.1.0.0 "
         "activate\n!\nend\n",
     .other = "hostname tor-r1-03\nusername ops privilege 15 secret sha512 $6$abcd$efgh1234\n"
              "interface Ethernet49/1\n   description to spine1\n   shutdown\n   mtu 1500\n   no "
              "switchport\n   ip "
              "address 10.1.0.1/31\n"
              "interface Ethernet50/1\n   no switchport\n   ip address 10.1.0.3/31\n"
              "ip access-list MGMT\n   20 deny ip any any log\n   10 permit ip 10.0.0.0/8 any\n"
              "router bgp 65001\n   router-id 10.9.0.3\n   neighbor 10.1.0.0 remote-as 65100\n"
              "   neighbor 10.1.0.0 password 7 Zm9vYmFy\n   address-family ipv4\n",
     .diff = "@@ interface Ethernet49/1 @@\n"
             "+mtu 1500\n"
             "-mtu 9214\n"
             "-no shutdown (the default, but not what is there)\n"
             "+shutdown\n"
             "@@ router bgp 65001 / address-family ipv4 @@\n"
             "-neighbor 10.1.0.0 activate\n"
             "@@ ip access-list MGMT @@\n"
             "~10 permit ip 10.0.0.0/8 any (stands elsewhere in its list)\n"},
    {.name = "Cisco NX-OS",
     .form = "config:\n  blocks: indent\n  ignore: ['^!', '^version ']\n  ordered: ['^ip access-list ', "
             "'^class-map ']\n"
             "  defaults: ['^no shutdown$', '^feature ssh$']\n"
             "  secrets: ['^username \\S+ password 5 (\\S+) ', '^snmp-server user .* auth md5 (\\S+)']\n",
     .wanted = "hostname tor-r2-01\n"
               "feature bgp\n"
               "feature lldp\n"
               "username ops password 5 $5$ABCDEF$ghijk role network-admin\n"
               "interface Ethernet1/49\n"
               "  description to spine1\n"
               "  no switchport\n"
               "  mtu 9216\n"
               "  ip address 10.2.0.1/31\n"
               "  no shutdown\n"
               "ip access-list VTY\n"
               "  10 permit tcp 10.0.0.0/8 any eq 22\n"
               "  20 deny ip any any\n"
               "router bgp 65002\n"
               "  address-family ipv4 unicast\n"
               "    maximum-paths 4\n"
               "  neighbor 10.2.0.0\n"
               "    remote-as 65100\n"
               "    address-family ipv4 unicast\n",
     .found = "!Command: show running-config\n!Time: Sun Nov  8 10:00:00 2020\n\nversion 9.3(10) "
              "Bios:version 05.45\n"
              "hostname tor-r2-01\n\nfeature bgp\nfeature lldp\nfeature ssh\n\n"
              "username ops password 5 $5$ABCDEF$ghijk role network-admin\n"
              "ip access-list VTY\n  10 permit tcp 10.0.0.0/8 any eq 22\n  20 deny ip any any\n\n"
              "interface Ethernet1/49\n  description to spine1\n  no switchport\n  mtu 9216\n  ip address "
              "10.2.0.1/31\n"
              "  no shutdown\n"
              "router bgp 65002\n  address-family ipv4 unicast\n    maximum-paths 4\n  neighbor 10.2.0.0\n"
              "    remote-as 65100\n    address-family ipv4 unicast\n",
     .other = "hostname tor-r2-01\nfeature bgp\nfeature lldp\nfeature telnet\n"
              "username ops password 5 $5$ABCDEF$other role network-admin\n"
              "ip access-list VTY\n  10 permit tcp 10.0.0.0/8 any eq 22\n  20 deny ip any any\n"
              "interface Ethernet1/49\n  description to spine1\n  no switchport\n  mtu 9216\n  ip address "
              "10.2.0.1/31\n"
              "router bgp 65002\n  address-family ipv4 unicast\n    maximum-paths 4\n  neighbor 10.2.0.0\n"
              "    remote-as 65100\n    address-family ipv4 unicast\n",
     .diff = "@@ top @@\n"
             "+feature telnet\n"
             "+username ops password 5 sha256:4eb17e012c73 role network-admin\n"
             "-username ops password 5 sha256:d6bb40ce3a9f role network-admin\n"},
    {.name = "Cisco IOS-XE",
     .form = "config:\n  blocks: indent\n  ignore: ['^!', '^Building configuration', '^Current "
             "configuration', '^end$', "
             "'^version ', '^exit-address-family$']\n"
             "  ordered: ['^ip access-list ']\n  defaults: ['^no shutdown$', '^no ip http server$']\n"
             "  secrets: ['^enable secret (?:\\d )?(\\S+)$', '^username \\S+ .*secret (?:\\d )?(\\S+)$']\n",
     .wanted = "hostname tor-r3-01\n"
               "enable secret 9 $9$abc$defghij\n"
               "interface TenGigabitEthernet1/1/1\n"
               " description to spine1\n"
               " no switchport\n"
               " ip address 10.3.0.1 255.255.255.254\n"
               " no shutdown\n"
               "ip access-list standard VTY\n"
               " 10 permit 10.0.0.0 0.255.255.255\n"
               "router bgp 65003\n"
               " bgp log-neighbor-changes\n"
               " neighbor 10.3.0.0 remote-as 65100\n"
               " address-family ipv4\n"
               "  neighbor 10.3.0.0 activate\n"
               "line vty 0 4\n"
               " transport input ssh\n",
     .found =
         "Building configuration...\n\nCurrent configuration : 1203 bytes\n!\n! Last configuration change at "
         "10:00:00 UTC Sun Nov 8 2020\n!\nversion 17.9\nhostname tor-r3-01\n!\nenable secret 9 "
         "$9$abc$defghij\n!\n"
         "interface TenGigabitEthernet1/1/1\n description to spine1\n no switchport\n ip address 10.3.0.1 "
         "255.255.255.254\n!\n"
         "router bgp 65003\n bgp log-neighbor-changes\n neighbor 10.3.0.0 remote-as 65100\n !\n "
         "address-family "
         "ipv4\n  neighbor 10.3.0.0 activate\n exit-address-family\n!\n"
         "no ip http server\nip access-list standard VTY\n 10 permit 10.0.0.0 0.255.255.255\n!\n"
         "line vty 0 4\n transport input ssh\n!\nend\n",
     .other =
         "hostname tor-r3-01\nenable secret 9 $9$abc$defghij\n"
         "interface TenGigabitEthernet1/1/1\n description to spine1\n no switchport\n ip address 10.3.0.1 "
         "255.255.255.254\n"
         "ip access-list standard VTY\n 10 permit 10.0.0.0 0.255.255.255\n"
         "router bgp 65003\n bgp log-neighbor-changes\n neighbor 10.3.0.0 remote-as 65101\n address-family "
         "ipv4\n  neighbor 10.3.0.0 activate\n"
         "line vty 0 4\n transport input telnet ssh\n",
     .diff = "@@ line vty 0 4 @@\n"
             "-transport input ssh\n"
             "+transport input telnet ssh\n"
             "@@ router bgp 65003 @@\n"
             "-neighbor 10.3.0.0 remote-as 65100\n"
             "+neighbor 10.3.0.0 remote-as 65101\n"},
    {.name = "Junos, set lines",
     .form = "config:\n  blocks: set\n  ignore: ['^#', '^set version ']\n"
             "  ordered: ['^set policy-options policy-statement \\S+ term']\n"
             "  secrets: ['encrypted-password \"([^\"]+)\"', 'authentication-key \"([^\"]+)\"']\n",
     .wanted = "set system host-name tor-r4-01\n"
               "set system root-authentication encrypted-password \"$6$wxyz$abcdef\"\n"
               "set interfaces et-0/0/48 mtu 9192\n"
               "set interfaces et-0/0/48 unit 0 family inet address 10.4.0.1/31\n"
               "set protocols bgp group spines neighbor 10.4.0.0 peer-as 65100\n"
               "set policy-options policy-statement OUT term own from protocol direct\n"
               "set policy-options policy-statement OUT term own then accept\n"
               "set policy-options policy-statement OUT term rest then reject\n",
     .found = "set version 21.4R3\n"
              "set system host-name tor-r4-01\n"
              "set system root-authentication encrypted-password \"$6$wxyz$abcdef\"\n"
              "set interfaces et-0/0/48 mtu 9192\n"
              "set interfaces et-0/0/48 unit 0 family inet address 10.4.0.1/31\n"
              "set policy-options policy-statement OUT term own from protocol direct\n"
              "set policy-options policy-statement OUT term own then accept\n"
              "set policy-options policy-statement OUT term rest then reject\n"
              "set protocols bgp group spines neighbor 10.4.0.0 peer-as 65100\n",
     .other = "set system host-name tor-r4-01\n"
              "set system root-authentication encrypted-password \"$6$wxyz$abcdef\"\n"
              "set interfaces et-0/0/48 mtu 9192\n"
              "set interfaces et-0/0/48 unit 0 family inet address 10.4.0.1/31\n"
              "set policy-options policy-statement OUT term rest then reject\n"
              "set policy-options policy-statement OUT term own from protocol direct\n"
              "set policy-options policy-statement OUT term own then accept\n",
     .diff = "@@ top @@\n"
             "-set protocols bgp group spines neighbor 10.4.0.0 peer-as 65100\n"
             "~set policy-options policy-statement OUT term own from protocol direct (stands elsewhere in "
             "its list)\n"},
    {.name = "FRR",
     .form = "config:\n  blocks: indent\n  ignore: ['^!', '^Building configuration', '^Current "
             "configuration', '^end$', "
             "'^exit', '^frr version ']\n"
             "  defaults: ['^no ipv6 forwarding$', '^frr defaults datacenter$']\n"
             "  secrets: ['^neighbor \\S+ password (\\S+)$']\n",
     .wanted = "hostname tor-r5-01\n"
               "service integrated-vtysh-config\n"
               "router bgp 65005\n"
               "  bgp router-id 10.9.0.5\n"
               "  neighbor swp51 interface remote-as external\n"
               "  neighbor swp51 password letmein\n"
               "  address-family ipv4 unicast\n"
               "    redistribute connected\n"
               "  exit-address-family\n"
               "route-map OWN permit 10\n"
               "  match interface lo\n"
               "exit\n",
     .found =
         "Building configuration...\n\nCurrent configuration:\n!\nfrr version 8.4.4\nfrr defaults "
         "datacenter\n"
         "hostname tor-r5-01\nservice integrated-vtysh-config\n!\nrouter bgp 65005\n bgp router-id "
         "10.9.0.5\n "
         "neighbor swp51 interface remote-as external\n neighbor swp51 password letmein\n !\n address-family "
         "ipv4 "
         "unicast\n  redistribute connected\n exit-address-family\nexit\n!\nroute-map OWN permit 10\n match "
         "interface lo\nexit\n!\nend\n",
     .other =
         "hostname tor-r5-01\nservice integrated-vtysh-config\nrouter bgp 65005\n bgp router-id 10.9.0.5\n "
         "neighbor swp51 interface remote-as external\n neighbor swp51 password letmein\n",
     .diff = "@@ top @@\n"
             "-route-map OWN permit 10\n"
             "@@ route-map OWN permit 10 @@\n"
             "-match interface lo\n"
             "@@ router bgp 65005 @@\n"
             "-address-family ipv4 unicast\n"
             "@@ router bgp 65005 / address-family ipv4 unicast @@\n"
             "-redistribute connected\n"},
};
enum { CONFIG_COUNT = sizeof configs / sizeof *configs };

#endif
