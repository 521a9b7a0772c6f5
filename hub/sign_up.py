"""Who may sign up: NativeAuthenticator with codes, so that a name alone opens nothing.

A name can be guessed. Who signs up under a teacher's name needs the code that the hub printed in
its terminal; who signs up under a name of the class list needs the class code, which the teacher
tells the class. All others may ask, and wait until a teacher approves.
"""

import asyncio
import secrets
from hmac import compare_digest
from typing import Any

from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.handlers import SignUpHandler
from tornado import web
from traitlets import Unicode

# Without letters and digits that look alike on a blackboard.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_code() -> str:
    """Return a code of ten letters, such as ``x7kq2-m9xdp``."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


class SignUp(SignUpHandler):
    """The page on which a new account is asked for."""

    async def post(self) -> None:
        """Refuse a name of the class with a wrong code; else go on as usual."""
        names = self.get_body_arguments("username", strip=False)
        name = self.authenticator.normalize_username(names[0]) if names else ""
        code = self.get_body_argument("code", "").lower()
        wanted = self.authenticator.code_for(name)
        if wanted and not compare_digest(code.encode(), wanted.encode()):
            await asyncio.sleep(1)  # guessing takes time
            self.set_status(403)
            self.finish(
                await self.render_template(
                    "signup.html",
                    alert="alert-danger",
                    result_message="The class code is missing or wrong. Your teacher has it.",
                    username=name,
                )
            )
            return
        await super().post()

    def get_result_message(self, user: Any, *rest: Any, **named: Any) -> tuple[str, str]:
        """Say what happens next, also to a name of the class list."""
        alert, message = super().get_result_message(user, *rest, **named)
        if user is not None and user.is_authorized:
            return "alert-success", "You have an account now, and can log in."
        if user is not None:
            return "alert-info", "Your teacher has to approve you before you can log in."
        return alert, message

    async def get(self) -> None:
        """Show the page; the link that the hub prints fills in the code."""
        if not self.authenticator.enable_signup:
            raise web.HTTPError(404)
        code = self.get_query_argument("code", "")
        self.finish(await self.render_template("signup.html", code=code))


class ClassAuthenticator(NativeAuthenticator):
    """Accounts with a password that each student chose, approved by a code or by a teacher."""

    class_code = Unicode(config=True, help="for the names of the class list")
    teacher_code = Unicode(config=True, help="for the names of teachers")

    def code_for(self, name: str) -> str:
        """Return the code that signing up under a name asks for, "" if it waits for approval."""
        if name in self.admin_users:
            return self.teacher_code
        return self.class_code if name in self.allowed_users else ""

    def validate_username(self, username: str) -> bool:
        """Tell whether a name can be one; NativeAuthenticator leaves out the pattern."""
        return bool(username) and super().validate_username(username)

    def check_allowed(self, username: str, authentication: Any = None) -> bool:
        """Tell whether somebody was let in, by the code or by a teacher, and still is."""
        user = self.get_user(username)
        return bool(user and user.is_authorized)

    async def authenticate(self, handler: Any, data: dict) -> dict | None:
        """Check the password; who teaches is as the settings say now."""
        name = await super().authenticate(handler, data)
        return {"name": name, "admin": name in self.admin_users} if name else None

    def get_handlers(self, app: Any) -> list:
        """Put the page with the code in the place of NativeAuthenticator's."""
        return [
            (path, SignUp if page is SignUpHandler else page)
            for path, page in super().get_handlers(app)
        ]
