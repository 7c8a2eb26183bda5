# Completion for bash of the example programs: their options and arguments as --help tells them, whose names say what
# they stand for. The names of domains are asked of virsh, everything else of the program itself.

_libvirt_asio() {
    local program=$1 line=${COMP_LINE:0:COMP_POINT} words help pool candidate
    local -a given connect to
    local -A values

    # As they are typed: bash itself has cut them at the colons of URIs.
    read -ra words <<<"$line"
    [[ $line != *[[:space:]] ]] || words+=("")
    words=("${words[@]:1}")

    local current kind_of_current
    _libvirt_asio_read_words
    # Whose options and arguments are others.
    [[ ${program##*/}:${given[0]-} != volume:@(list|info) ]] || _libvirt_asio_read_words "${given[0]}"
    if [[ $kind_of_current == *FILE* || $kind_of_current == FOLDER ]]; then
        # Has bash quote them, and knows folders.
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
    fi
    COMPREPLY=()
    while IFS= read -r candidate; do
        [[ $candidate != "$current"* ]] || COMPREPLY+=("$(printf %q "$candidate")")
    done < <(_libvirt_asio_candidates "$kind_of_current" 2>/dev/null)
    # bash replaces only what is behind the last colon.
    [[ $COMP_WORDBREAKS != *:* ]] || COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*:}"}"}")
}

# The options, each with what its value stands for, if it takes one.
_libvirt_asio_options() {
    sed -nE 's/^ +(-[a-z] \[ )?(--[a-z-]+)( \])?( ([A-Z]+|[a-z]+(\|[a-z]+)+)( .*)?)?( .*)?$/\2 \5/p' <<<"$help"
}

# Finds what the last word stands for, and what those before it say that matters for it, by the help for an action.
_libvirt_asio_read_words() {
    local -a left=("${words[@]}")
    local option value
    help=$("$program" "$@" --help 2>/dev/null)
    values=([-c]=URI)
    while read -r option value; do values[$option]=$value; done < <(_libvirt_asio_options)
    given=() connect=() to=() pool= current=${words[-1]} kind_of_current=
    while [[ ${#left[@]} -gt 1 ]]; do
        option=${left[0]} value=${left[1]}
        left=("${left[@]:1}")
        case $option in
            --*=*) left=("${option%%=*}" "${option#*=}" "${left[@]}") && continue ;;
            -*) [[ -n ${values[$option]-} ]] || continue ;;
            *) given+=("$option") && continue ;;
        esac
        case $option in
            -c | --connect) connect=(--connect "$value") ;;
            --to) to=(--connect "$value") ;;
            --pool) pool=$value ;;
        esac
        kind_of_current=${values[$option]}
        [[ ${#left[@]} -gt 1 ]] || return
        left=("${left[@]:1}")
    done
    case $current in
        --*=*)
            kind_of_current=${values[${current%%=*}]-}
            current=${current#*=}
            ;;
        -*) kind_of_current=OPTION ;;
        *) kind_of_current=$(_libvirt_asio_argument) ;;
    esac
}

# What the next argument stands for.
_libvirt_asio_argument() {
    local -a arguments
    read -ra arguments <<<"$(sed -n 's/^Usage: .*\[OPTION\]\.\.\. *//p' <<<"$help")"
    local argument=${arguments[${#given[@]}]-}
    case ${given[0]-}:$argument in
        :*'|'*) argument+='|list|info' ;;
        copy:*POOL/VOLUME) argument=POOL/VOLUME ;;
    esac
    echo "$argument"
}

# What there is of a kind, one a line.
_libvirt_asio_candidates() {
    case $1 in
        OPTION) printf '%s\n' "${!values[@]}" ;;
        DOMAIN) virsh --quiet "${connect[@]}" list --all --name ;;
        TYPE) "$program" --list ;;
        POOL) _libvirt_asio_volumes "" | cut -f 1 | sort -u ;;
        VOLUME) _libvirt_asio_volumes "${pool:-${given[1]-}}" | cut -f 2 | sort -u ;;
        POOL/VOLUME)
            [[ ${#to[@]} -eq 0 ]] || connect=("${to[@]}")
            _libvirt_asio_volumes "" | tr '\t' /
            ;;
        *'|'*) tr '|' '\n' <<<"$1" ;;
    esac
}

# The pool and the name of each volume.
_libvirt_asio_volumes() {
    "$program" list --json "${connect[@]}" ${1:+--pool "$1"} |
        sed -n 's/^{"pool":"\([^"\\]*\)","name":"\([^"\\]*\)".*/\1\t\2/p'
}

complete -F _libvirt_asio callbacks console console-logger events image-server inventory screenshot volume web-console
