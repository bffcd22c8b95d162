# The passwords of the simulated rack, for the simulator and the site file alike. Source it; they are in secrets.txt, and nowhere else.
{
    read -r DEMO_OOB_PASSWORD
    read -r DEMO_SWITCH_PASSWORD
} <"$(dirname "${BASH_SOURCE[0]}")/secrets.txt"
export DEMO_OOB_PASSWORD DEMO_SWITCH_PASSWORD
