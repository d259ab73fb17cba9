import threading, os
from datetime import timedelta
from wsgiref.simple_server import make_server, WSGIRequestHandler, WSGIServer
from socketserver import ThreadingMixIn
import pytest
from playwright.sync_api import sync_playwright
from uuid import UUID
class Quiet(WSGIRequestHandler):
    def log_message(self,*a): pass
class TS(ThreadingMixIn, WSGIServer): daemon_threads=True
def test_shots(committing, monkeypatch, django_db_blocker):
    with django_db_blocker.unblock():
        from tests.conftest import AT
        from tests.cast import load_trial, hire
        from tests.outcomes.conftest import ELIGIBLE
        from participants.actions import screening, links
        from outcomes.actions import alerts, assessments
        from trials import clock
        monkeypatch.setattr(clock,"now",lambda: AT)
        load_trial(at=AT); cast=hire(at=AT)
        p=screening.screen(cast.first, answers=ELIGIBLE, sex="F", by=cast.coordinator, at=AT)
        q=screening.screen(cast.second, answers=ELIGIBLE, sex="F", by=cast.other_coordinator, at=AT)
        alerts.put_on_duty(cast.safety_clinician, site=None, starts_at=AT, ends_at=AT+timedelta(days=2), by=cast.safety_clinician, at=AT)
        assessments.save_draft(q, visit="baseline", instrument="phq9", answers={"9":1}, by=q, at=AT)
        m=links.mint(p, visit="baseline", expires_at=None, by=cast.coordinator, at=AT)
        from django.test import Client
        def cookie(user):
            c=Client(); c.force_login(user); return c.cookies["uplift"].value
        ck=cookie(cast.safety_clinician); ck2=cookie(cast.coordinator)
        from config.wsgi import application
        srv=make_server("127.0.0.1",0,application,server_class=TS,handler_class=Quiet)
        threading.Thread(target=srv.serve_forever,daemon=True).start()
        base=f"http://127.0.0.1:{srv.server_port}"
        out="/tmp/d_shots/"
        logs=[]
        with sync_playwright() as pw:
            b=pw.chromium.launch(executable_path="/usr/bin/chromium",args=["--no-sandbox"])
            ctx=b.new_context(viewport={"width":375,"height":720}); page=ctx.new_page()
            page.on("console",lambda x: logs.append(x.text)); page.on("pageerror",lambda e: logs.append(str(e)))
            page.goto(base+f"/me/#t={m.token}"); page.screenshot(path=out+"start.png",full_page=True)
            page.click("button:has-text('Start')"); page.screenshot(path=out+"q1.png",full_page=True)
            page.check("input[value='1']"); page.wait_for_timeout(800); page.screenshot(path=out+"q1saved.png",full_page=True)
            page.goto(base+"/me/question/9/"); page.check("input[value='2']"); page.wait_for_timeout(800); page.screenshot(path=out+"q9.png",full_page=True)
            page.click("button:has-text('Continue')"); page.screenshot(path=out+"support.png",full_page=True)
            page.goto(base+"/me/review/"); page.screenshot(path=out+"review.png",full_page=True)
            page.goto(base+"/me/stopped/"); page.screenshot(path=out+"stopped.png",full_page=True)
            page.click("text=Help now"); page.screenshot(path=out+"help.png")
            page.goto(base+"/me/review/"); page.click("button:has-text('Send')"); page.screenshot(path=out+"receipt.png",full_page=True)
            ctx2=b.new_context(viewport={"width":375,"height":720}); pg=ctx2.new_page(); pg.goto(base+"/me/question/1/"); pg.screenshot(path=out+"closed.png",full_page=True)
            for name,c in (("clin",ck),("coord",ck2)):
                ctx3=b.new_context(viewport={"width":1280,"height":900}); ctx3.add_cookies([{"name":"uplift","value":c,"url":base}]); s=ctx3.new_page()
                s.on("console",lambda x: logs.append(x.text))
                if name=="clin":
                    for n,u in (("desk","/safety/"),("alert",f"/safety/{p}/1/"),("roster","/safety/roster/")):
                        s.goto(base+u); s.screenshot(path=out+n+".png",full_page=True)
                else:
                    for n,u in (("visits",f"/participants/{p}/visits/"),("enter",f"/participants/{p}/visits/week1/gad7/enter/"),("form",f"/participants/{p}/visits/baseline/phq9/"),("concern",f"/participants/{p}/concern/")):
                        s.goto(base+u); s.screenshot(path=out+n+".png",full_page=True)
                    s.goto(base+f"/participants/{p}/visits/"); 
            b.close()
        srv.shutdown()
        print(logs)
        assert not logs, logs
