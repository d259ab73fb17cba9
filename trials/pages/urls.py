"""Addresses of the trial office."""

from __future__ import annotations

from django.urls import path

from trials.pages import access, audit, design, envelopes, escrow, protocol, randomisation, staff, statement, styleguide, theme, upload_list

urlpatterns = [
    path("login/", access.log_in, name="login"),
    path("logout/", access.log_out, name="sign_out"),
    path("welcome/", access.welcome, name="welcome"),
    path("theme/", theme.set_theme, name="theme"),
    path("healthz", access.healthz, name="healthz"),
    path("account/", staff.account, name="account"),
    path("account/digest/", staff.choose_digest, name="choose_digest"),
    path("account/tokens/<int:pk>/revoke/", staff.revoke_token, name="revoke_token"),
    path("staff/", staff.staff_list, name="staff"),
    path("staff/invite/", staff.invite, name="invite"),
    path("staff/<int:pk>/", staff.member, name="staff_member"),
    path("staff/<int:pk>/end-access/", staff.end_access, name="end_access"),
    path("staff/<int:pk>/reset-password/", staff.reset_password, name="reset_password"),
    path("staff/roles/<int:pk>/end/", staff.end_role, name="end_role"),
    path("protocol/", protocol.protocol, name="protocol"),
    path("randomisation/", randomisation.randomisation, name="randomisation"),
    path("randomisation/code.svg", randomisation.published_code, name="published_code"),
    path("randomisation/design/", design.design, name="design"),
    path("randomisation/described/", statement.describe_randomisation, name="describe_randomisation"),
    path("randomisation/upload-list/", upload_list.upload_list, name="upload_list"),
    path("randomisation/draw/", randomisation.draw_scheme, name="draw_scheme"),
    path("randomisation/approve/", randomisation.approve_scheme, name="approve_scheme"),
    path("randomisation/discard/", randomisation.discard_scheme, name="discard_scheme"),
    path("randomisation/close/", randomisation.close_scheme, name="close_scheme"),
    path("randomisation/close-stratum/", randomisation.close_stratum, name="close_stratum"),
    path("randomisation/reopen-stratum/", randomisation.reopen_stratum, name="reopen_stratum"),
    path("randomisation/envelopes/", envelopes.list_envelopes, name="list_envelopes"),
    path("randomisation/envelopes/print/", envelopes.print_envelopes, name="print_envelopes"),
    path("randomisation/envelopes/report/", envelopes.report_envelope, name="report_envelope"),
    path("randomisation/escrow/", escrow.safe_keeping, name="safe_keeping"),
    path("randomisation/escrow/issue/", escrow.issue_shares, name="issue_shares"),
    path("randomisation/escrow/share/", escrow.read_share, name="read_share"),
    path("randomisation/escrow/restore/", escrow.restore_seed, name="restore_seed"),
    path("audit/", audit.events, name="audit"),
    path("audit/rows/", audit.row_versions, name="audit_rows"),
    *styleguide.urlpatterns,
]
