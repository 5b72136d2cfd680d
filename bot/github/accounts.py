"""Find out which account has a login now."""

from __future__ import annotations

from http import HTTPStatus

import github

from bot.github.session import USER_AGENT


class NoAccountError(Exception):
    """Whose login it is could not be found out; the message says why."""


def account_of(login: str, *, api_url: str, token: str | None) -> int:
    """Give GitHub's number of the account that has a login, which stays with it when it is renamed.

    Raises:
        NoAccountError: nobody has that login, or GitHub does not say.
    """
    auth = github.Auth.Token(token) if token else None
    try:
        with github.Github(base_url=api_url, auth=auth, user_agent=USER_AGENT, retry=None) as connection:
            return connection.get_user(login).id
    except github.GithubException as error:
        is_nobody = error.status == HTTPStatus.NOT_FOUND
        said = f"nobody on GitHub is called {login}" if is_nobody else f"GitHub refused ({error.status})"
        raise NoAccountError(said) from error
    except OSError as error:
        raise NoAccountError(f"GitHub cannot be reached ({type(error).__name__})") from error
