"""The sentences of what recipients are refused; see `attestations.api.error_texts`."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from attestations.api import error_texts

SENTENCES = (
    gettext_noop("Name one of your authorisations, valid today, as legalContext in the body."),
    gettext_noop("This access token is unknown, or was revoked."),
    gettext_noop("This access token has expired: ask for another."),
    gettext_noop(
        "Too many calls failed to prove who you are: check client_id and key, then try later."
    ),
    gettext_noop("This authorisation does not cover every right you ask for."),
    gettext_noop("This authorisation does not cover attestations."),
    gettext_noop("The authorisation does not cover it."),
    gettext_noop("There is no such right."),
    gettext_noop("Write a digest as 64 hexadecimal digits, in small letters."),
    gettext_noop(
        "The feed was restored since this cursor was given: compare, then go on after the "
        "last common position."
    ),
    gettext_noop("Pass the cursor as it was given."),
    gettext_noop("Give a whole number of seconds."),
    gettext_noop("There is no such day."),
    gettext_noop("That day has not begun."),
    gettext_noop("This is not an identifier."),
    gettext_noop("Give 1 to %(most)s persons."),
    gettext_noop("In lines, each person has a line."),
    gettext_noop("There is no such answer of yours, or not yet."),
    gettext_noop("This subscription has no endpoint: read the feed instead."),
    gettext_noop("There is no such subscription of yours."),
    gettext_noop("There is no such event in your feed."),
    gettext_noop("You hold no inscription of this person and quality that runs beyond that day."),
    gettext_noop("The feed has reached position %(last)s only."),
    gettext_noop(
        "write the endpoint as https://host/path in plain ASCII (international names as "
        "xn--), without user, password or fragment, in at most %(most)s characters"
    ),
    gettext_noop("there is no port %(port)s"),
    gettext_noop("the host must be a full public name, such as hooks.example.be"),
    gettext_noop("the endpoint must begin with https://"),
    gettext_noop("the port must be 443 or 8443, not %(port)s"),
    gettext_noop("%(address)s is not a public address"),
    gettext_noop("%(port)s is not a port for https: use %(ports)s"),
    gettext_noop("not an IP address"),
    gettext_noop("an address with a zone lies inside"),
    gettext_noop("The first line is not valid JSON: %(fault)s"),
    gettext_noop("The first line must be the question, a JSON object."),
    gettext_noop("Send grant_type=client_credentials and all else once, as a form, in the body."),
    gettext_noop(
        "The client and its proof do not go together: check client_id, and its assertion or secret."
    ),
    gettext_noop("The client is not allowed every scope that it asks for."),
    gettext_noop("Only grant_type=client_credentials is granted here."),
)

error_texts.add(SENTENCES)
